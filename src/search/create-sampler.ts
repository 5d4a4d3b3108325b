// The one place that chooses a sampler.
import type { Objective } from '../study/objective.js';
import type { PriorTrial } from '../study/prior-trial.js';
import type { SearchSpace } from '../study/space.js';
import type { Sampler } from './sampler.js';
import { BayesianSampler, type Knowledge } from './samplers/bayesian.js';
import { GridSampler } from './samplers/grid.js';
import { RandomSampler } from './samplers/random.js';
import { SobolSampler } from './samplers/sobol.js';
import { TpeSampler } from './samplers/tpe.js';
import type { StopRule } from './stop-rule.js';
import { WarmStart } from './warm-start.js';

interface ModelOptions {
  /** Trials known or under way before the model decides. Default: two more than parameters, at most 10; for tpe 10. */
  readonly startupTrials?: number;
  /** When further trials are not worth their time. Default: never. */
  readonly stop?: StopRule | undefined;
  /** Another study's trials (`priorTrials`), to begin with. */
  readonly warmStart?: readonly PriorTrial[];
}

export type SamplerOptions =
  /** `levels`: values tried of each float. */
  | { readonly strategy: 'grid'; readonly levels: number }
  | { readonly strategy: 'random' }
  | { readonly strategy: 'sobol' }
  | ({ readonly strategy: 'bayesian' } & ModelOptions & Knowledge)
  | ({ readonly strategy: 'tpe' } & ModelOptions);

/** The sampler of a study; `seed` is the study's. */
export function createSampler(
  options: SamplerOptions,
  space: SearchSpace,
  objective: Objective,
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
      return new BayesianSampler(space, seed, warmStartOf(options, space, objective), options.startupTrials, {
        expect: options.expect,
        among: options.among,
        costsUntil: options.costsUntil,
        stop: options.stop,
      });
    case 'tpe':
      return new TpeSampler(space, seed, warmStartOf(options, space, objective), options.startupTrials);
  }
}

function warmStartOf({ warmStart = [] }: ModelOptions, space: SearchSpace, objective: Objective): WarmStart {
  return new WarmStart(space, warmStart, objective);
}
