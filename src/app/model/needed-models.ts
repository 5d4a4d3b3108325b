// Which trials' models a study is asked for: the best one's, and those that `search.keep` keeps for an ensemble.
import { bestTrials, leaderOf } from '../../controller/confirmation.js';
import type { History } from '../../study/history.js';

/** Numbers of trials, the best first. */
export function neededModels(history: History, keep = 1): number[] {
  const leader = leaderOf(history)?.trial.number;
  const kept = keep > 1 ? bestTrials(history, keep).map(({ number }) => number) : [];
  return [...new Set([...(leader === undefined ? [] : [leader]), ...kept])];
}
