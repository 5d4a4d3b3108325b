// A fixed sample of a space, to estimate what a new trial could be worth.
import { RandomStream } from '../math/random.js';
import { SobolSequence } from '../math/sobol.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';

const SIZE = 64;

/** The same for the same space and seed. */
export function sobolCandidates(space: SearchSpace, seed: number): Parameters[] {
  const sequence = new SobolSequence(space.dimensions, RandomStream.of(seed, 'candidates'));
  return Array.from({ length: SIZE }, (_, i) => space.decode(sequence.point(i)));
}
