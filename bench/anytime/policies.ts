// What is compared: a sampler and a pruner each, for a pool of recorded configurations.
import { createSampler, type SamplerOptions } from '../../src/search/create-sampler.js';
import { createPruner } from '../../src/search/pruners/create-pruner.js';
import type { PrunerOptions } from '../../src/study/pruner-options.js';
import type { SearchSpace } from '../../src/study/space.js';
import { EPOCHS, type RecordedRun } from './recorded-runs.js';
import { ACCURACY, replay } from './replay.js';

export interface Policy {
  readonly name: string;
  readonly sampler: SamplerOptions;
  readonly pruner: PrunerOptions;
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
];

/** Regrets at each budget. */
export function regretsOf(
  { sampler, pruner }: Policy,
  pool: readonly RecordedRun[],
  space: SearchSpace,
  workers: number,
  seed: number,
): number[] {
  return replay({
    ...{ pool, space, workers, seed },
    sampler: createSampler(sampler, space, ACCURACY, seed),
    // A study of hpo says how many trials there are; with none to end it, halving promotes as ASHA does.
    pruner: createPruner(pruner, ACCURACY, { epochs: EPOCHS, seed, trials: pool.length }),
  });
}
