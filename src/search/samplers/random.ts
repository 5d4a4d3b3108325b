// Random search: every trial's parameters drawn on their own.
import type { RandomStream } from '../../math/random.js';
import type { History } from '../../study/history.js';
import type { SearchSpace } from '../../study/space.js';
import type { Sampler, Suggestion } from '../sampler.js';
import { drawUnseen } from '../unseen.js';

/** Uniform on each parameter's scale; undefined when a finite space is exhausted. */
export class RandomSampler implements Sampler {
  readonly foreseen = true;

  constructor(private readonly space: SearchSpace) {}

  ask(history: History, random: RandomStream): Suggestion | undefined {
    const draw = () => this.space.decode(Float64Array.from({ length: this.space.dimensions }, () => random.next()));
    const parameters = drawUnseen(this.space, history, draw, random);
    return parameters && { parameters };
  }
}
