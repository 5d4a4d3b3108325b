// Which machine takes which trials: one that is not doubted, and where they go on, one of the kind that has trained them so far.
import { isSameKind } from '../study/machine-kind.js';
import type { Machine, Machines } from './machines.js';
import type { Offer } from './offer.js';

/** How often an offer is kept for an idle machine of its kind, which may be slow to take it. */
const MOST_KEPT = 5;

/** Whether another machine than the worker's is to take the offer. @param offers all that there are. */
export function isForOthers(offer: Offer, worker: string, machines: Machines, offers: Iterable<Offer>): boolean {
  const { doubted, trainedOn, kept } = offer;
  if (doubted !== undefined && !machines.mayTry(worker, doubted)) return true;
  const kind = machines.get(worker)?.facts.kind;
  if (trainedOn === undefined || kind === undefined || isSameKind(kind, trainedOn) || kept >= MOST_KEPT) return false;
  const mayTake = (other: string): boolean => doubted === undefined || machines.mayTry(other, doubted);
  const isKept = idle(machines, offers).some(
    (other) => isSameKind(other.facts.kind, trainedOn) && mayTake(other.worker),
  );
  if (isKept) offer.kept++;
  return isKept;
}

/** Machines with a slot that has nothing to train. */
function idle(machines: Machines, offers: Iterable<Offer>): Machine[] {
  const taken = [...offers].map(({ worker }) => worker);
  return machines.present().filter(({ worker, facts }) => taken.filter((one) => one === worker).length < facts.slots);
}
