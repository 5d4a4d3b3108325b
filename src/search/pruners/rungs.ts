// Rungs: the epochs at which trials are compared, in integer arithmetic alone.
import type { Trial } from '../../study/trial.js';
import { epochOf } from './score.js';

/**
 * first · reduction^k up to and including `epochs`. Multiplied, never taken from logarithms: ⌊log(1000 / 10) / log 10⌋ is
 * 1 in floating point, and a rung would be lost.
 */
export function rungs(first: number, reduction: number, epochs: number): number[] {
  const list: number[] = [];
  for (let rung = first; rung <= epochs; rung *= reduction) list.push(rung);
  return list;
}

/** The rungs that the trial's latest report has brought it to; several where reports skip epochs. */
export function justReached(rungs: readonly number[], trial: Trial): number[] {
  const before = trial.reports.at(-2)?.epoch ?? 0;
  const epoch = epochOf(trial);
  return rungs.filter((rung) => rung > before && rung <= epoch);
}

/** How many rungs the trial has reached. */
export function rungsReached(rungs: readonly number[], trial: Trial): number {
  const epoch = epochOf(trial);
  let reached = 0;
  while (reached < rungs.length && rungs[reached]! <= epoch) reached++;
  return reached;
}
