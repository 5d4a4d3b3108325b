// What is in each slot, from what the controller says of its activity.
import type { Activity } from '../controller/run-study.js';
import type { SlotStatus } from './source.js';

export class SlotBoard {
  private readonly slots: SlotStatus[];

  /** @param devices the slots' devices in order, such as 'GPU 0' or 'core 3'. */
  constructor(devices: readonly string[]) {
    this.slots = devices.map((device, slot) => ({ slot, device }));
  }

  /** For `runStudy`'s onActivity. */
  note(activity: Activity): void {
    if (activity.type === 'occupied') {
      const { slot, device } = this.emptied(activity.slot);
      this.slots[slot] = { slot, ...(device === undefined ? {} : { device }), trial: activity.trial.number };
    } else if (activity.type === 'freed') {
      this.slots[activity.slot] = this.emptied(activity.slot);
    } else if (activity.type === 'measured') {
      const { slot, busyShare: _, ...measured } = activity.utilisation;
      if (this.slots[slot]?.trial !== undefined) this.measure(slot, measured);
    }
  }

  /** Adds what is measured in a slot, such as images per second; it is forgotten when the slot's trial ends. */
  measure(slot: number, measured: Omit<SlotStatus, 'slot' | 'device' | 'trial'>): void {
    const known = this.slots[slot];
    if (known !== undefined) this.slots[slot] = { ...known, ...measured };
  }

  /** For StudyStatus.slots. */
  list(): readonly SlotStatus[] {
    return this.slots;
  }

  private emptied(slot: number): SlotStatus {
    const device = this.slots[slot]?.device;
    return { slot, ...(device === undefined ? {} : { device }) };
  }
}
