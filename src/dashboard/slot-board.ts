// What is in each slot, from what the controller says of its activity.
import type { Activity } from '../controller/run-trials.js';
import type { SlotStatus } from './source.js';

export class SlotBoard {
  private readonly slots: SlotStatus[];

  /** @param devices the slots' devices in order, such as 'GPU 0' or 'core 3'. */
  constructor(devices: readonly string[]) {
    this.slots = devices.map((device, slot) => ({ slot, device }));
  }

  /** For `runTrials`'s onActivity. */
  note(activity: Activity): void {
    if (activity.type === 'occupied') {
      this.occupy(activity.slot, activity.trial.number);
    } else if (activity.type === 'freed') {
      this.slots[activity.slot] = this.emptied(activity.slot);
    } else if (activity.type === 'measured') {
      const { slot, busyShare: _, ...measured } = activity.utilisation;
      if (this.slots[slot]?.trial !== undefined) this.measure(slot, measured);
    }
  }

  /** Adds what is measured in a slot, such as images per second; it is forgotten when the slot's trial ends. */
  measure(slot: number, measured: Omit<SlotStatus, 'slot' | 'device' | 'trial' | 'beside'>): void {
    const known = this.slots[slot];
    if (known !== undefined) this.slots[slot] = { ...known, ...measured };
  }

  /** For StudyStatus.slots. */
  list(): readonly SlotStatus[] {
    return this.slots;
  }

  /** A slot that is not freed in between has batched trials, or one that is tried again. */
  private occupy(slot: number, trial: number): void {
    const known = this.slots[slot];
    if (known?.trial === undefined) {
      this.slots[slot] = { ...this.emptied(slot), trial };
      return;
    }
    const others = [...(known.beside ?? []), known.trial].filter((other) => other !== trial);
    const { beside: _, ...rest } = known;
    this.slots[slot] = { ...rest, trial, ...(others.length === 0 ? {} : { beside: others }) };
  }

  private emptied(slot: number): SlotStatus {
    const device = this.slots[slot]?.device;
    return { slot, ...(device === undefined ? {} : { device }) };
  }
}
