// A small mixed, conditional space with values at some of its points, for tests of the Gaussian process.
import { RandomStream } from '../../../src/math/random.js';
import type { TrainingSet } from '../../../src/search/gp/evidence.js';
import { Distance } from '../../../src/search/gp/kernel.js';
import { SearchSpace } from '../../../src/study/space.js';

export const mixedSpace = new SearchSpace({
  rate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
  optimizer: { type: 'choice', values: ['adam', 'sgd', 'rmsprop'], ordinal: false },
  momentum: { type: 'float', min: 0, max: 0.99, scale: 'linear', when: { optimizer: ['sgd'] } },
  depth: { type: 'int', min: 0, max: 4, scale: 'linear' },
});

export const mixedDistance = new Distance(mixedSpace);

/** A point drawn for a name, placed. */
export function mixedPoint(...identity: (string | number)[]): Float64Array {
  const random = RandomStream.of(...identity);
  return mixedDistance.place(mixedSpace.settle(Array.from({ length: 4 }, () => random.next())));
}

/** A smooth function of the placed point, jumping between optimizers. */
export function mixedValue(point: Float64Array): number {
  const [rate = 0, optimizer = 0, momentum = 0, depth = 0] = point;
  return Math.sin(4 * rate) + (optimizer > 0.3 && optimizer < 0.6 ? momentum : 0.3) + (depth - 0.6) ** 2;
}

export function mixedTraining(count: number): TrainingSet {
  const points = Array.from({ length: count }, (_, i) => mixedPoint('training', i));
  return {
    points,
    values: Float64Array.from(points, mixedValue),
    extraNoise: Float64Array.from(points, (_, i) => (i % 5 === 0 ? 0.1 : 0)),
  };
}

/** Central differences of a function in the coordinates listed. */
export function differences(
  f: (x: Float64Array) => number,
  x: Float64Array,
  coordinates: readonly number[],
  step = 1e-6,
): number[] {
  return coordinates.map((d) => {
    const at = x[d] as number;
    return (f(x.with(d, at + step)) - f(x.with(d, at - step))) / (2 * step);
  });
}
