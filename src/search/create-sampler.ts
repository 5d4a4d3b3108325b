// The one place that chooses a sampler.
import type { SearchSpace } from '../study/space.js';
import type { Objective } from '../study/objective.js';
import type { Sampler } from './sampler.js';
import { BayesianSampler, type BayesianOptions } from './samplers/bayesian.js';
import { GridSampler } from './samplers/grid.js';
import { RandomSampler } from './samplers/random.js';
import { SobolSampler } from './samplers/sobol.js';
import { TpeSampler, type TpeOptions } from './samplers/tpe.js';

export type SamplerOptions =
  /** `levels`: values tried of each float. */
  | { readonly strategy: 'grid'; readonly levels: number }
  | { readonly strategy: 'random' }
  | { readonly strategy: 'sobol' }
  | ({ readonly strategy: 'bayesian' } & BayesianOptions)
  | ({ readonly strategy: 'tpe' } & TpeOptions);

/** The sampler of a study; `seed` is the study's. */
export function createSampler(
  options: SamplerOptions,
  space: SearchSpace,
  _objective: Objective,
  seed: number,
): Sampler {
  switch (options.strategy) {
    case 'grid':
      return new GridSampler(space, options.levels);
    case 'random':
      return new RandomSampler(space);
    case 'sobol':
      return new SobolSampler(space, seed);
    case 'bayesian':
      return new BayesianSampler(space, seed, options);
    case 'tpe':
      return new TpeSampler(space, seed, options);
  }
}
