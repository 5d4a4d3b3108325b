// What value a study would see on average, were one parameter fixed at each of its values in turn.
import { must } from '../system/must.js';
import { RandomStream } from '../math/random.js';
import { SobolSequence } from '../math/sobol.js';
import type { Scalar } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { fromUnit, isContinuous, toUnit, valueAt, valueCount } from '../study/space/unit.js';
import type { StudyModel } from './study-model.js';

export interface DependencePoint {
  readonly parameter: Scalar;
  /** In the objective's units. */
  readonly expected: number;
  /** One standard deviation of the model to either side. */
  readonly low: number;
  readonly high: number;
}

const BACKGROUND = 64;
const FLOAT_POINTS = 21;
const MOST_POINTS = 50;

/**
 * The model's mean over a quasi-random sample of the other parameters, for each value of the named one (J. Friedman 2001): all values of
 * a choice or int, at most 50, or 21 of a float, evenly on its scale. The parameters that it depends on are held at values
 * for which it is active. Averages are taken of warped values, so that collapsed regions weigh no more than bad ones. Throws a
 * RangeError for a name that the space does not have.
 */
export function partialDependence({ space, objective, surrogate }: StudyModel, name: string): DependencePoint[] {
  const dimension = space.names.indexOf(name);
  if (dimension < 0)
    throw new RangeError(`expected one of ${space.names.join(', ')}, got '${name}' at partialDependence`);
  const { process, warp } = surrogate;
  const sequence = new SobolSequence(space.dimensions, RandomStream.of('partial-dependence'));
  const background = Array.from({ length: BACKGROUND }, (_, i) => activated(space, name, sequence.point(i), i));
  const sign = objective.direction === 'maximize' ? -1 : 1;
  return parameterValues(space, dimension).map((parameter) => {
    const place = toUnit(space.domainAt(dimension), parameter);
    const predictions = background.map((unit) =>
      process.predict(process.distance.place(space.settle(unit.with(dimension, place)))),
    );
    const mean = predictions.reduce((sum, prediction) => sum + prediction.mean, 0) / BACKGROUND;
    const deviation = predictions.reduce((sum, { variance }) => sum + Math.sqrt(variance), 0) / BACKGROUND;
    const [one = 0, other = 0] = [mean - deviation, mean + deviation].map((warped) => sign * warp.invert(warped));
    return { parameter, expected: sign * warp.invert(mean), low: Math.min(one, other), high: Math.max(one, other) };
  });
}

function parameterValues(space: SearchSpace, dimension: number): Scalar[] {
  const domain = space.domainAt(dimension);
  const count = valueCount(domain);
  if (!isContinuous(domain) && count <= MOST_POINTS) return Array.from({ length: count }, (_, i) => valueAt(domain, i));
  const points = isContinuous(domain) ? Math.min(count, FLOAT_POINTS) : MOST_POINTS;
  return [
    ...new Set(Array.from({ length: points }, (_, i) => fromUnit(domain, points === 1 ? 0.5 : i / (points - 1)))),
  ];
}

/** The point with every parameter that `name` depends on moved to a value for which it is active; `turn` picks among several. */
function activated(space: SearchSpace, name: string, unit: Float64Array, turn: number): Float64Array {
  let moved = unit;
  for (const [parent, values] of Object.entries(space.domains[name]?.when ?? {})) {
    const dimension = space.names.indexOf(parent);
    const place = toUnit(space.domainAt(dimension), must(values[turn % values.length], 'a value of the domain'));
    moved = activated(space, parent, moved.with(dimension, place), turn);
  }
  return moved;
}
