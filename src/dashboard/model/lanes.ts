// Which trial is in which slot.
import type { SlotStatus, StudyStatus } from '../source.js';
import type { StudyModel } from './study-model.js';

/** The slots in order: as the runner tells them, or, seen from outside, as the journal lets one conclude. */
export function lanesOf(model: StudyModel, status: StudyStatus): readonly SlotStatus[] {
  if (status.slots !== undefined) return status.slots;
  const lanes: SlotStatus[] = Array.from({ length: model.highestSlot + 1 }, (_, slot) => ({ slot }));
  for (const number of model.running) {
    // A trial that goes on after a pause may be in another slot by now; the journal keeps the first one.
    const slot = model.history.trials[number]?.slot ?? -1;
    const free = lanes[slot]?.trial === undefined ? slot : lanes.findIndex(({ trial }) => trial === undefined);
    if (lanes[free] !== undefined) lanes[free] = { slot: free, trial: number };
  }
  return lanes;
}

/** What a slot without a device is called: counted from 1, like the keys that open it. */
export function slotName(slot: number): string {
  return `slot ${slot + 1}`;
}
