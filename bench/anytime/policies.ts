// What is compared: a sampler and a pruner each, for a pool of recorded configurations.
import { createSampler, type SamplerOptions } from '../../src/search/create-sampler.js';
import { expectationOf } from '../../src/search/prior/fine-tuning-prior.js';
import type { PriorCoefficients } from '../../src/search/prior/prior-coefficients.js';
import { createPruner } from '../../src/search/pruners/create-pruner.js';
import type { Parameters } from '../../src/study/parameters.js';
import type { PrunerOptions } from '../../src/study/pruner-options.js';
import type { SearchSpace } from '../../src/study/space.js';
import { fineTuningOf } from '../../scripts/prior/fit.js';
import { EPOCHS, type RecordedRun } from '../../scripts/prior/recorded-runs.js';
import { ACCURACY, type ReplayOptions, replay } from './replay.js';

export interface Policy {
  readonly name: string;
  readonly sampler: SamplerOptions;
  readonly pruner: PrunerOptions;
  /** Whether it knows the learned prior, or one that says the opposite of it. */
  readonly prior?: 'learned' | 'negated';
}

export const POLICIES: readonly Policy[] = [
  { name: 'random, in full', sampler: { strategy: 'random' }, pruner: { type: 'none' } },
  {
    name: 'random, halving by promotion',
    sampler: { strategy: 'random' },
    pruner: { type: 'successiveHalving', form: 'promotion' },
  },
  { name: 'bayesian, median', sampler: { strategy: 'bayesian' }, pruner: { type: 'median' } },
  { name: 'bayesian, funnel', sampler: { strategy: 'bayesian' }, pruner: { type: 'funnel' } },
  { name: 'bayesian, freeze-thaw', sampler: { strategy: 'bayesian' }, pruner: { type: 'freezeThaw' } },
  {
    name: 'bayesian, freeze-thaw, prior',
    sampler: { strategy: 'bayesian' },
    pruner: { type: 'freezeThaw' },
    prior: 'learned',
  },
  {
    name: 'bayesian, freeze-thaw, negated',
    sampler: { strategy: 'bayesian' },
    pruner: { type: 'freezeThaw' },
    prior: 'negated',
  },
  {
    name: 'bayesian, halving, prior',
    sampler: { strategy: 'bayesian' },
    pruner: { type: 'successiveHalving', form: 'promotion' },
    prior: 'learned',
  },
];

/** Sampler and pruner of a study of so many trials over a pool. */
export function searchOf(
  { sampler, pruner, prior }: Policy,
  pool: readonly RecordedRun[],
  space: SearchSpace,
  coefficients: PriorCoefficients,
  seed: number,
  trials = pool.length,
): Pick<ReplayOptions, 'sampler' | 'pruner'> {
  const among = pool.map(({ parameters }) => parameters);
  const sign = prior === 'negated' ? -1 : 1;
  const expect = (parameters: Parameters) => {
    const { quality, logSeconds } = expectationOf(fineTuningOf(parameters), coefficients);
    return { quality: sign * quality, logSeconds };
  };
  const known = prior === undefined ? {} : { expect, among, costsUntil: trials };
  return {
    sampler: createSampler({ ...sampler, ...known }, space, ACCURACY, seed),
    pruner: createPruner(pruner, ACCURACY, {
      ...{ epochs: EPOCHS, seed, trials, space, curves: coefficients.curves },
      ...known,
    }),
  };
}

/** Regrets at each budget. */
export function regretsOf(
  policy: Policy,
  pool: readonly RecordedRun[],
  space: SearchSpace,
  coefficients: PriorCoefficients,
  workers: number,
  seed: number,
  { until, budgets }: Pick<ReplayOptions, 'until' | 'budgets'> = {},
): number[] {
  return replay({
    ...{ pool, space, workers, seed, until, budgets },
    ...searchOf(policy, pool, space, coefficients, seed),
  });
}
