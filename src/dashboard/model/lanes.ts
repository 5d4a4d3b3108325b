// Which trial is in which slot.
import type { SlotStatus, StudyStatus } from '../source.js';
import type { StudyModel } from './study-model.js';

/** More than any study has: the journal of one that says so may be anybody's. */
const MOST_LANES = 10_000;

/** The slots in order: as the runner tells them, or, seen from outside, as the journal lets one conclude. */
export function lanesOf(model: StudyModel, status: StudyStatus): readonly SlotStatus[] {
  if (status.slots !== undefined) return byMachine(status).map((slot) => furthest(model, slot));
  const lanes: SlotStatus[] = Array.from({ length: Math.min(model.highestSlot + 1, MOST_LANES) }, (_, slot) => ({
    slot,
  }));
  const others = new Map<number, number[]>();
  for (const number of model.running) {
    // A trial that goes on after a pause may be in another slot by now; the journal keeps the first one.
    const slot = model.history.trials[number]?.slot ?? -1;
    const free = lanes[slot]?.trial === undefined ? slot : lanes.findIndex(({ trial }) => trial === undefined);
    if (lanes[free] !== undefined) lanes[free] = { slot: free, trial: number };
    // Only batched trials leave no slot for one more.
    else if (lanes[slot] !== undefined) others.set(slot, [...(others.get(slot) ?? []), number]);
  }
  return lanes.map((lane) => {
    const beside = others.get(lane.slot);
    return beside === undefined ? lane : furthest(model, { ...lane, beside });
  });
}

/** The slots of a machine together, in the order in which the dashboard shows them. */
function byMachine({ slots = [], machines = [] }: StudyStatus): readonly SlotStatus[] {
  if (machines.length === 0) return slots;
  const nameOf = ({ machine, trial }: SlotStatus): string => (trial === undefined ? '\uffff' : (machine ?? ''));
  return slots.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : a.slot - b.slot));
}

/** Of batched trials the one that is furthest, the first of them. Those that have ended are left out of `beside`. */
function furthest({ running, history }: StudyModel, lane: SlotStatus): SlotStatus {
  const { beside: others, ...rest } = lane;
  if (others === undefined || lane.trial === undefined) return lane;
  const epochs = (trial: number): number => history.trials[trial]?.reports.length ?? 0;
  const left = [lane.trial, ...others].filter((trial) => running.has(trial));
  // Between the last one's end and the slot's next trial it stays as it is, so that nothing jumps.
  const [trial = lane.trial, ...beside] = left.sort((a, b) => epochs(b) - epochs(a) || a - b);
  return { ...rest, trial, ...(beside.length === 0 ? {} : { beside }) };
}
