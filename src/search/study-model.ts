// The model of a study's values, for whoever explains the study rather than continues it.
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import type { SearchSpace } from '../study/space.js';
import { type Surrogate, fitSurrogate } from './gp/surrogate.js';
import { modelDataOf } from './model-data.js';

export interface StudyModel {
  readonly space: SearchSpace;
  readonly objective: Objective;
  readonly surrogate: Surrogate;
  /** How many trials it was fitted to. */
  readonly trials: number;
}

/** Fewer values say nothing about any parameter. */
const FEWEST = 5;

/** The Gaussian process that the Bayesian sampler would fit; undefined with fewer than five values, or where the fit fails. */
export function modelStudy(space: SearchSpace, history: History): StudyModel | undefined {
  const { observations } = modelDataOf(space, history);
  if (observations.length < FEWEST) return undefined;
  const surrogate = fitSurrogate(space, observations);
  return surrogate && { space, objective: history.objective, surrogate, trials: observations.length };
}
