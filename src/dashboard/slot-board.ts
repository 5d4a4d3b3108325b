// What is in each slot, from what the controller says of its activity.
import type { Activity } from '../controller/run-trials.js';
import type { SlotStatus } from './source.js';

export class SlotBoard {
  private readonly slots = new Map<number, SlotStatus>();
  private count: number;
  private listed: readonly SlotStatus[] | undefined;

  /** @param devices the slots' devices in order, such as 'GPU 0' or 'core 3'. */
  constructor(devices: readonly string[]) {
    devices.forEach((device, slot) => this.slots.set(slot, { slot, device }));
    this.count = devices.length;
  }

  /** For `runTrials`'s onActivity. */
  note(activity: Activity): void {
    switch (activity.type) {
      case 'occupied':
        return this.occupy(activity.slot, activity.trial.number);
      case 'freed':
        this.put(this.emptied(activity.slot));
        return this.drop();
      case 'resized':
        this.count = activity.slots;
        for (let slot = 0; slot < this.count; slot++) if (!this.slots.has(slot)) this.put({ slot });
        return this.drop();
      case 'placed':
        return this.put({ ...(this.slots.get(activity.slot) ?? { slot: activity.slot }), device: activity.machine });
      case 'measured': {
        const { slot, busyShare: _, ...measured } = activity.utilisation;
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
