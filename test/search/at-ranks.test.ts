// Values by their place in the order.
import { expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { indicesAtRanks, ranksBetween } from '../../src/search/at-ranks.js';

/** The same by a stable sort of all indices. */
function sorted(values: readonly number[]): number[] {
  return values.map((_, i) => i).sort((a, b) => (values[a] ?? NaN) - (values[b] ?? NaN));
}

it('gives the indices that a stable sort puts at the ranks, equal values and both zeros included', () => {
  const random = RandomStream.of('ranks');
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: 1 + random.integer(40) }, () => random.pick([0, -0, 1, -1, random.next()]));
    const ranks = ranksBetween(0, values.length).filter(() => random.next() < 0.5);
    const order = sorted(values);
    expect(indicesAtRanks(values, ranks)).toEqual(ranks.map((rank) => order[rank]));
  }
});

it('takes ranks in any order', () => {
  expect(indicesAtRanks([5, 3, 4, 3], [3, 0, 1])).toEqual([0, 1, 3]);
});
