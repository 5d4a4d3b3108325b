// Losses made fit for a Gaussian process: the good half as it is, the bad half by rank, then standardised.
import { must } from '../../system/must.js';
import { normalQuantile } from '../../math/normal.js';
import { quantileOfSorted } from '../../math/quantile.js';

/**
 * A strictly increasing map of losses, fitted to a sample. Losses up to the median stay in proportion; those above it are put
 * at the quantiles of the normal half above the median whose width is that of the good half (the half-rank warp of X. Song et
 * al., 'The Vizier Gaussian process bandit algorithm', 2024). So runs that collapsed count as bad, not as a hundred times
 * as bad, and differences among good ones are not squeezed. Then mean 0 and variance 1.
 */
export class LossWarp {
  /** Distinct losses, ascending, and where they go. */
  private readonly losses: Float64Array;
  private readonly targets: Float64Array;
  /** Warped units per unit of loss in the good half. */
  private readonly slope: number;

  /** At least one loss; all must be finite. */
  constructor(sample: ArrayLike<number>) {
    const sorted = Float64Array.from(sample).sort();
    const middle = quantileOfSorted(sorted, 0.5);
    const width = goodHalfWidth(sorted, middle);
    this.losses = sorted.filter((loss, i) => loss !== sorted[i - 1]);
    const good = this.losses.findLastIndex((loss) => loss <= middle) + 1;
    const bad = this.losses.length - good;
    const ranked = this.losses.map((loss, i) => {
      return i < good ? loss : middle + width * normalQuantile(0.5 + (0.5 * (i - good + 0.5)) / bad);
    });
    const { mean, deviation } = moments(sorted, (loss) => interpolate(this.losses, ranked, loss));
    this.slope = deviation > 0 ? 1 / deviation : 1;
    this.targets = ranked.map((value) => (value - mean) * this.slope);
  }

  /** The warped loss; linear between and beyond those of the sample. */
  apply(loss: number): number {
    const [first, last] = [this.losses[0]!, must(this.losses.at(-1), 'a point of the sample')];
    if (loss < first) return this.targets[0]! + (loss - first) * this.slope;
    if (loss > last) return must(this.targets.at(-1), 'a point of the sample');
    return interpolate(this.losses, this.targets, loss);
  }

  /** The loss that is warped to a value; never above the sample's worst. */
  invert(warped: number): number {
    const [first, last] = [this.targets[0]!, must(this.targets.at(-1), 'a point of the sample')];
    if (warped < first) return this.losses[0]! + (warped - first) / this.slope;
    if (warped > last) return must(this.losses.at(-1), 'a point of the sample');
    return interpolate(this.targets, this.losses, warped);
  }
}

/**
 * The root mean square distance of the good half from the median; where more than half of all losses are equal, the
 * standard deviation of all.
 */
function goodHalfWidth(sorted: Float64Array, middle: number): number {
  const good = sorted.filter((loss) => loss <= middle);
  const width = Math.sqrt(good.reduce((sum, loss) => sum + (loss - middle) ** 2, 0) / good.length);
  return width > 0 ? width : moments(sorted, (loss) => loss).deviation;
}

function moments(sample: Float64Array, map: (loss: number) => number): { mean: number; deviation: number } {
  const mapped = sample.map(map);
  const mean = mapped.reduce((sum, value) => sum + value, 0) / mapped.length;
  const variance = mapped.reduce((sum, value) => sum + (value - mean) ** 2, 0) / mapped.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Piecewise linear through (x, y), x ascending and `at` within its range. */
function interpolate(x: Float64Array, y: Float64Array, at: number): number {
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle;
    else high = middle;
  }
  const [x0, x1, y0, y1] = [x[low]!, x[high]!, y[low]!, y[high]!];
  return at >= x1 || x1 === x0 ? y1 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}
