// A sample of a space, to estimate what a new trial could be worth.
import { RandomStream } from '../math/random.js';
import { SobolSequence } from '../math/sobol.js';
import type { History } from '../study/history.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';

const SIZE = 64;
/** So many points are looked at for those that no trial has. */
const MOST = 1024;

/** Of each history up to 64 parameter sets that no trial has, and at least one as long as there is one. The same for the same space and seed. */
export function sobolCandidates(space: SearchSpace, seed: number): (history: History) => Parameters[] {
  const sequence = new SobolSequence(space.dimensions, RandomStream.of(seed, 'candidates'));
  const points: Parameters[] = [];
  return (history) => {
    const unseen: Parameters[] = [];
    for (let i = 0; i < MOST && unseen.length < SIZE; i++) {
      const parameters = (points[i] ??= space.decode(sequence.point(i)));
      if (!history.has(parameters)) unseen.push(parameters);
    }
    if (unseen.length > 0 || space.cardinality === Infinity) return unseen;
    for (const parameters of space.grid(1)) if (!history.has(parameters)) return [parameters];
    return [];
  };
}
