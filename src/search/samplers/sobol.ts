// Quasi-random search: the points of one scrambled Sobol sequence, which spread more evenly than random ones.
import { RandomStream } from '../../math/random.js';
import { SobolSequence } from '../../math/sobol.js';
import type { History } from '../../study/history.js';
import type { SearchSpace } from '../../study/space.js';
import type { Sampler, Suggestion } from '../sampler.js';
import { drawUnseen } from '../unseen.js';

/** Starts at the point whose index is the number of trials that a sampler proposed, and skips known parameters. */
export class SobolSampler implements Sampler {
  readonly foreseen = true;

  private readonly sequence: SobolSequence;

  constructor(
    private readonly space: SearchSpace,
    seed: number,
  ) {
    this.sequence = new SobolSequence(space.dimensions, RandomStream.of(seed, 'sobol'));
  }

  ask(history: History, random: RandomStream): Suggestion | undefined {
    const start = history.trials.filter((trial) => trial.source === 'sampler').length;
    const draw = (attempt: number) => this.space.decode(this.sequence.point(start + attempt));
    const parameters = drawUnseen(this.space, history, draw, random);
    return parameters && { parameters };
  }
}
