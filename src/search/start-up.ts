// The first trials, before a model can be trusted: the middle of every range, then quasi-random points.
import { RandomStream } from '../math/random.js';
import { SobolSequence } from '../math/sobol.js';
import type { History } from '../study/history.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { drawUnseen } from './unseen.js';

/** People put what they expect in the middle of a range, so that is where to begin. */
const MIDDLE = 0.5;

/** Points that follow from the study's seed and the number of trials that a sampler proposed. */
export class StartUp {
  private readonly sequence: SobolSequence;

  constructor(
    private readonly space: SearchSpace,
    seed: number,
  ) {
    this.sequence = new SobolSequence(space.dimensions, RandomStream.of(seed, 'start-up'));
  }

  /** The next such point that no trial has; undefined when the space is exhausted. */
  next(history: History, random: RandomStream): Parameters | undefined {
    const asked = history.trials.filter((trial) => trial.source === 'sampler').length;
    return drawUnseen(this.space, history, (attempt) => this.space.decode(this.point(asked + attempt)), random);
  }

  /** The first so many points. */
  sample(size: number): Parameters[] {
    return Array.from({ length: size }, (_, i) => this.space.decode(this.point(i)));
  }

  private point(index: number): Float64Array {
    return index === 0 ? new Float64Array(this.space.dimensions).fill(MIDDLE) : this.sequence.point(index - 1);
  }
}
