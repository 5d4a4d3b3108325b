// Ways from one point of a space to another: which coordinates slide, which jump, and where to.
import { must } from '../../system/must.js';
import type { RandomStream } from '../../math/random.js';
import type { SearchSpace } from '../../study/space.js';
import { isContinuous, stepOf, toUnit, valueAt, valueCount } from '../../study/space/unit.js';

/** A domain of at most so many values is tried value by value; an int of more slides like a float. */
const FEW = 12;

/** The active coordinates of a settled point that move continuously. */
export function slides(space: SearchSpace, settled: Float64Array): number[] {
  return space.names.flatMap((_, d) => {
    const domain = space.domainAt(d);
    const slides = isContinuous(domain) || (domain.type !== 'choice' && valueCount(domain) > FEW);
    return slides && !Number.isNaN(settled[d]) ? [d] : [];
  });
}

/**
 * Other places for a discrete coordinate of a settled point: all of a choice and of a short range, one step each way of a long range;
 * none of a continuous float or where inactive.
 */
export function neighbours(space: SearchSpace, settled: Float64Array, dimension: number): number[] {
  const domain = space.domainAt(dimension);
  const here = settled[dimension]!;
  if (isContinuous(domain) || Number.isNaN(here)) return [];
  const count = valueCount(domain);
  if (domain.type === 'choice' || count <= FEW) {
    const places = Array.from({ length: count }, (_, i) => toUnit(domain, valueAt(domain, i)));
    return places.filter((place) => place !== here);
  }
  const value = Number(space.decode(settled)[must(space.names[dimension], 'a parameter')]);
  const index = Math.round((value - domain.min) / stepOf(domain));
  return [index - 1, index + 1]
    .filter((next) => next >= 0 && next < count)
    .map((next) => toUnit(domain, valueAt(domain, next)));
}

/**
 * A point near a seed: some coordinates moved by a normal step whose size is drawn between 0.3 % and 30 % of the range, for
 * discrete ones at least as wide as a cell; names drawn anew. Where the seed is inactive the coordinate is drawn.
 */
export function perturbed(space: SearchSpace, seed: Float64Array, random: RandomStream): Float64Array {
  const width = 10 ** random.uniform(-2.5, -0.5);
  const chance = Math.max(2 / seed.length, 0.3);
  const always = random.integer(seed.length);
  return seed.map((u, d) => {
    if (Number.isNaN(u)) return random.next();
    if (d !== always && random.next() > chance) return u;
    const domain = space.domainAt(d);
    if (domain.type === 'choice' && !domain.ordinal) return random.next();
    const cell = isContinuous(domain) ? 0 : 1 / valueCount(domain);
    return reflected(u + random.normal() * (width + cell));
  });
}

/** Folded back into [0, 1] at its ends. */
function reflected(u: number): number {
  const folded = Math.abs(u) % 2;
  return folded > 1 ? 2 - folded : folded;
}
