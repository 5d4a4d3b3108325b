// A Parzen density over a mixed, conditional space: one product kernel around each point, and a uniform one.
import { must } from '../../system/must.js';
import { normalCdf, normalQuantile } from '../../math/normal.js';
import type { RandomStream } from '../../math/random.js';
import type { SearchSpace } from '../../study/space.js';
import { isContinuous, valueCount } from '../../study/space/unit.js';

/**
 * The kernels' width at one point, as a share of the range, narrowing with the number of points by Scott's rule; and the
 * narrowest, both that which n kernels may have and that which any may. A third of what S. Watanabe ('Tree-structured
 * Parzen estimator', 2023) has: on bench/samplers.ts it finds better values.
 */
const WIDTH = 0.07;
const NARROWEST_OF_ONE = 0.2;
const NARROWEST = 0.01;

interface Coordinate {
  /** How many names there are; 0 for a number. */
  readonly names: number;
  /** A name's share of its kernel beyond that of every name. */
  readonly same: number;
  readonly width: number;
}

/**
 * p(x) = mean over kernels i of Π_d k_d(x_d | x_id), the uniform kernel among them. Numbers have normal kernels cut off at the
 * range's ends, names mostly themselves and otherwise any. Parameters are dependent, as a kernel covers all of them. What is
 * inactive in the kernel's point but active in x is uniform; what is inactive in x counts for nothing.
 */
export class ParzenDensity {
  private readonly coordinates: readonly Coordinate[];

  /** Points of the unit cube, settled, NaN where inactive. */
  constructor(
    space: SearchSpace,
    private readonly points: readonly Float64Array[],
  ) {
    const kernels = points.length + 1;
    const scott = WIDTH * Math.max(1, points.length) ** (-1 / (space.dimensions + 4));
    const narrowest = Math.max(NARROWEST, NARROWEST_OF_ONE / (1 + kernels));
    this.coordinates = space.names.map((_, d) => {
      const domain = space.domainAt(d);
      const names = domain.type === 'choice' && !domain.ordinal ? domain.values.length : 0;
      const cell = isContinuous(domain) ? 0 : 0.5 / valueCount(domain);
      return { names, same: 1 / (1 + names / kernels), width: Math.max(scott, narrowest, cell) };
    });
  }

  /** A draw, with a number in every coordinate, also where it will turn out to be inactive. */
  draw(random: RandomStream): Float64Array {
    const centre = this.points[random.integer(this.points.length + 1)];
    return Float64Array.from(this.coordinates, (coordinate, d) => {
      const at = centre?.[d] ?? NaN;
      if (Number.isNaN(at)) return random.next();
      if (coordinate.names > 0) return random.next() < coordinate.same ? at : random.next();
      const [low, high] = [normalCdf(-at / coordinate.width), normalCdf((1 - at) / coordinate.width)];
      const share = Math.min(high, Math.max(Number.MIN_VALUE, random.uniform(low, high)));
      return Math.min(1, Math.max(0, at + coordinate.width * normalQuantile(share)));
    });
  }

  /** log p at a settled point. */
  logDensity(point: Float64Array): number {
    const logs = this.points.map((centre) => this.logKernel(centre, point));
    logs.push(this.logKernel(undefined, point));
    const top = Math.max(...logs);
    return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0) / logs.length);
  }

  /** Without a centre, the uniform kernel. */
  private logKernel(centre: Float64Array | undefined, point: Float64Array): number {
    let log = 0;
    for (let d = 0; d < point.length; d++) {
      const x = point[d]!;
      if (Number.isNaN(x)) continue;
      const { names, same, width } = must(this.coordinates[d], 'a coordinate');
      const at = centre?.[d] ?? NaN;
      if (Number.isNaN(at)) {
        if (names > 0) log -= Math.log(names);
      } else if (names > 0) {
        log += Math.log((x === at ? same : 0) + (1 - same) / names);
      } else {
        const inside = normalCdf((1 - at) / width) - normalCdf(-at / width);
        log -= 0.5 * ((x - at) / width) ** 2 + Math.log(width * inside * Math.sqrt(2 * Math.PI));
      }
    }
    return log;
  }
}
