// The model of a study's values, for whoever explains the study rather than continues it.
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import type { SearchSpace } from '../study/space.js';
import { type Surrogate, fitSurrogate } from './gp/surrogate.js';
import { modelDataOf } from './model-data.js';
import { type Expect, fitTrend } from './prior-trend.js';

export interface StudyModel {
  readonly space: SearchSpace;
  readonly objective: Objective;
  readonly surrogate: Surrogate;
  /** How many trials it was fitted to. */
  readonly trials: number;
}

/** Fewer values say nothing about any parameter. */
const FEWEST = 5;

/**
 * The Gaussian process that the Bayesian sampler would fit; undefined with fewer than five values, or where the fit fails.
 * @param expect what the study knew beforehand: the mean of the process, as far as its trials bear it out.
 */
export function modelStudy(space: SearchSpace, history: History, expect?: Expect): StudyModel | undefined {
  const { observations } = modelDataOf(space, history);
  if (observations.length < FEWEST) return undefined;
  const differ = observations.some(({ loss }) => loss !== observations[0]?.loss);
  const trend = expect === undefined || !differ ? undefined : fitTrend.bind(undefined, space, expect);
  const surrogate = fitSurrogate(space, observations, 0, trend);
  return surrogate && { space, objective: history.objective, surrogate, trials: observations.length };
}
