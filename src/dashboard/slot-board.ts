// What is in each slot, from what the controller says of its activity.
import type { Activity } from '../controller/run-trials.js';
import type { MachineStatus, SlotStatus } from './source.js';

export class SlotBoard {
  private readonly slots = new Map<number, SlotStatus>();
  private count: number;
  private listed: readonly SlotStatus[] | undefined;

  private readonly work = new Map<string, { seconds: number; trials: number }>();
  /** Since when a slot's trials are on its machine. */
  private readonly since = new Map<number, number>();

  /**
   * @param devices the slots' devices in order, such as 'GPU 0' or 'core 3'.
   * @param now milliseconds.
   */
  constructor(
    devices: readonly string[],
    private readonly now: () => number = () => performance.now(),
  ) {
    devices.forEach((device, slot) => this.slots.set(slot, { slot, device }));
    this.count = devices.length;
  }

  /** For `runTrials`'s onActivity. */
  note(activity: Activity): void {
    switch (activity.type) {
      case 'occupied':
        return this.occupy(activity.slot, activity.trial.number);
      case 'freed':
        this.leaveMachine(activity.slot);
        this.put(this.emptied(activity.slot));
        return this.drop();
      case 'resized':
        this.count = activity.slots;
        for (let slot = 0; slot < this.count; slot++) if (!this.slots.has(slot)) this.put({ slot });
        return this.drop();
      case 'placed':
        return this.place(activity.slot, activity.machine);
      case 'measured': {
        const { slot, ...measured } = activity.utilisation;
        if (this.slots.get(slot)?.trial !== undefined) this.measure(slot, measured);
        return;
      }
      case 'decided':
      case 'problem':
    }
  }

  /** Adds what is measured in a slot, such as images per second; it is forgotten when the slot's trial ends. */
  measure(slot: number, measured: Omit<SlotStatus, 'slot' | 'device' | 'trial' | 'beside'>): void {
    const known = this.slots.get(slot);
    if (known !== undefined) this.put({ ...known, ...measured });
  }

  /** For StudyStatus.slots. */
  list(): readonly SlotStatus[] {
    this.listed ??= [...this.slots.values()].sort((a, b) => a.slot - b.slot);
    return this.listed;
  }

  /** For StudyStatus.machines. */
  machines(): readonly MachineStatus[] {
    const running = new Map<string, number>();
    for (const [slot, since] of this.since) {
      const machine = this.slots.get(slot)?.machine ?? '';
      running.set(machine, (running.get(machine) ?? 0) + (this.now() - since) / 1000);
    }
    return [...this.work].map(([name, { seconds, trials }]) => ({
      ...{ name, trials },
      seconds: seconds + (running.get(name) ?? 0),
    }));
  }

  /** Also of a slot whose trials go on elsewhere. */
  private place(slot: number, machine: string): void {
    this.leaveMachine(slot);
    if (!this.work.has(machine)) this.work.set(machine, { seconds: 0, trials: 0 });
    this.since.set(slot, this.now());
    this.put({ ...(this.slots.get(slot) ?? { slot }), device: machine, machine });
  }

  private leaveMachine(slot: number): void {
    const known = this.slots.get(slot);
    const since = this.since.get(slot);
    const work = this.work.get(known?.machine ?? '');
    if (since === undefined || work === undefined) return;
    this.since.delete(slot);
    work.seconds += (this.now() - since) / 1000;
    if (known?.trial !== undefined) work.trials += 1 + (known.beside?.length ?? 0);
  }

  /** A slot that is not freed in between has batched trials, or one that is tried again. */
  private occupy(slot: number, trial: number): void {
    const known = this.slots.get(slot);
    if (known?.trial === undefined) return this.put({ ...this.emptied(slot), trial });
    const others = [...(known.beside ?? []), known.trial].filter((other) => other !== trial);
    const { beside: _, ...rest } = known;
    this.put({ ...rest, trial, ...(others.length === 0 ? {} : { beside: others }) });
  }

  /** Slots that are gone stay as long as they have a trial. */
  private drop(): void {
    for (const { slot, trial } of [...this.slots.values()]) {
      if (slot >= this.count && trial === undefined) this.slots.delete(slot);
    }
    this.listed = undefined;
  }

  private put(status: SlotStatus): void {
    this.slots.set(status.slot, status);
    this.listed = undefined;
  }

  private emptied(slot: number): SlotStatus {
    const device = this.slots.get(slot)?.device;
    return { slot, ...(device === undefined ? {} : { device }) };
  }
}
