// What a runner is given of a trial.
import type { TrialFolders } from '../store/trial-folders.js';
import type { History } from '../study/history.js';
import type { Assignment } from '../study/trial-runner.js';
import type { Trial } from '../study/trial.js';
import { seedOf } from './confirmation.js';

export interface AssignmentOptions {
  readonly folders: TrialFolders;
  /** Of the study. */
  readonly seed: number;
  /** Trials that an earlier process died with; they are kept apart from this one. */
  readonly suspects?: ReadonlySet<number>;
}

export function assignmentOf(
  trial: Trial,
  history: History,
  { folders, seed, suspects }: AssignmentOptions,
): Assignment {
  const { number, parameters, reports, source } = trial;
  return {
    trial: number,
    parameters,
    seed: seedOf(trial, history, seed),
    directory: folders.of(number),
    reported: reports.length,
    ...(source === 'baseline' ? { fromScratch: true } : {}),
    ...(suspects?.has(number) === true ? { apart: true } : {}),
  };
}
