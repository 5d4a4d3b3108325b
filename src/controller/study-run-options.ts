// What a study is run with.
import type { Pruner } from '../search/pruner.js';
import type { Sampler } from '../search/sampler.js';
import type { Parameters } from '../study/parameters.js';
import type { TrialRunner } from '../study/trial-runner.js';
import type { Trial } from '../study/trial.js';
import type { Activity } from './activity.js';
import type { CompanionRule } from './agenda.js';
import type { AssignmentOptions } from './assignment.js';
import type { ConfirmOptions } from './confirmation.js';
import type { LiveStudy } from './live-study.js';
import type { StudyControl } from './study-control.js';

/** Which trials are trained side by side in one slot, where the runner can. */
export interface LaneRule extends CompanionRule {
  /** Trials in a slot whose first is this one, at most. */
  readonly most: (lead: Trial) => number;
}

export interface StudyRunOptions extends AssignmentOptions {
  readonly study: LiveStudy;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly runner: TrialRunner;
  /** In total, those of earlier sessions included. */
  readonly trials: number;
  readonly enqueue?: readonly Parameters[];
  readonly confirm?: ConfirmOptions;
  /** Whether the best configuration is also trained from random weights, once the search and its repeats are over. */
  readonly baseline?: boolean;
  /** The study stops after so many failed trials in a row; running it again goes on for as many. */
  readonly maxFailuresInARow?: number;
  readonly lanes?: LaneRule;
  readonly control?: StudyControl;
  readonly onActivity?: (activity: Activity) => void;
}
