// What a range test found: losses by learning rate, smoothed, and what they say about good rates.
import { median } from '../../math/quantile.js';
import { HpoError } from '../../study/errors.js';

/** Loss of a training step before it was taken, at the rate that it was taken with. */
export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
}

export interface RateCurve {
  /** By rising rate: the median over the runs of their smoothed losses, up to where it diverges. */
  readonly points: readonly RatePoint[];
  /** Where the loss falls fastest by the logarithm of the rate; undefined where it does not fall. */
  readonly steepest: number | undefined;
  /** Where it is lowest. */
  readonly lowest: number;
  /** Above `lowest`, the first at which it is higher than at the start; undefined where there is none. */
  readonly harmful: number | undefined;
  /** The rate at which most runs diverged; undefined where they came to the end. */
  readonly divergence: number | undefined;
}

export interface RateBounds {
  readonly min: number;
  readonly max: number;
}

/** Of the moving average, as a share of all steps: the loss of a batch is noisy, and decades of rates are few. */
const SMOOTHING_SPAN = 0.05;
/** A loss so many times the lowest has diverged (fast.ai's rule), */
const DIVERGED = 4;
/** but not before it is so many times what it was at the start. */
const WORSE_THAN_AT_START = 1.5;
/** The share of steps whose mean loss is what it was at the start. */
const START = 0.1;
/** What a fall must be, as a share of the loss at the start, to count as learning. */
const LEAST_FALL = 0.02;

/** Decides, step by step, when a run has diverged: by its average so far, bias corrected. */
export class DivergenceWatch {
  private readonly average: MovingAverage;
  private readonly startSteps: number;
  private readonly first: number[] = [];
  private lowest = Infinity;

  /** @param steps that the whole run would have. */
  constructor(steps: number) {
    this.average = new MovingAverage(decayOf(steps));
    this.startSteps = Math.max(1, Math.round(START * steps));
  }

  /** Whether the run is over, this loss included. */
  hasDiverged(loss: number): boolean {
    if (!Number.isFinite(loss)) return true;
    const smoothed = this.average.add(loss);
    if (this.first.length < this.startSteps) this.first.push(loss);
    const start = mean(this.first);
    this.lowest = Math.min(this.lowest, smoothed);
    return smoothed > Math.max(DIVERGED * this.lowest, WORSE_THAN_AT_START * start);
  }
}

/**
 * The curve of several runs over the same rates. A run that ended before the last rate diverged there; the curve ends where half of
 * the runs have. @param runs each with the losses at rates[0], rates[1], …; @param rates rising exponentially.
 * @throws HpoError ERR_DIVERGED where most runs have no loss at all that is a number.
 */
export function rateCurve(rates: readonly number[], runs: readonly (readonly number[])[]): RateCurve {
  const lengths = runs.map((losses) => losses.filter(Number.isFinite).length).sort((a, b) => a - b);
  const length = lengths[Math.floor(lengths.length / 2)] ?? 0;
  if (length === 0) {
    const most = `in ${lengths.filter((one) => one === 0).length} of ${runs.length} runs`;
    throw new HpoError('ERR_DIVERGED', `the loss is not a number ${most}, even at the lowest rate, ${rates[0]}`);
  }
  const smoothed = runs.map((losses) => smooth(clipped(losses.filter(Number.isFinite)), rates.length));
  const points = rates.slice(0, length).map((rate, i) => {
    return { rate, loss: median(smoothed.flatMap((losses) => (losses[i] === undefined ? [] : [losses[i]]))) };
  });
  const lowest = points.reduce((best, point) => (point.loss < best.loss ? point : best), points[0] as RatePoint);
  const start = startOf(points.map(({ loss }) => loss));
  return {
    points,
    steepest: lowest.loss < (1 - LEAST_FALL) * start ? steepestOf(points, lowest.rate) : undefined,
    lowest: lowest.rate,
    harmful: points.find(({ rate, loss }) => rate > lowest.rate && loss > start)?.rate,
    divergence: length < rates.length ? rates[length - 1] : undefined,
  };
}

/**
 * Bounds for a search. The upper one is a tenth of the rate that diverges (a trial takes many more steps at its peak than a range test
 * does), or the rate that leaves the loss as it was, or, where there is neither, that of the lowest loss; the lower one is a tenth
 * of the steepest rate, or of the upper bound where that is less. Undefined where the loss does not fall: at no rate was anything learned, and
 * where such a curve is lowest or worse than at the start is noise.
 */
export function boundsOf({ steepest, lowest, harmful, divergence }: RateCurve): RateBounds | undefined {
  if (steepest === undefined) return undefined;
  const limit = Math.min(divergence === undefined ? Infinity : divergence / 10, harmful ?? Infinity);
  const max = limit === Infinity ? lowest : limit;
  return { min: oneDigit(Math.min(steepest, max) / 10), max: oneDigit(max) };
}

/** Bounds that hold those of every curve, and no rate at which any of them diverged. */
export function jointBounds(curves: readonly RateCurve[]): RateBounds | undefined {
  const bounds = curves.flatMap((curve) => boundsOf(curve) ?? []);
  if (bounds.length === 0) return undefined;
  const divergence = Math.min(...curves.map((curve) => curve.divergence ?? Infinity));
  const min = Math.min(...bounds.map((one) => one.min));
  const max = Math.min(Math.max(...bounds.map((one) => one.max)), oneDigit(divergence / 2));
  return { min, max };
}

/** An exploded loss would drown those before it in the average. */
function clipped(losses: readonly number[]): number[] {
  const limit = DIVERGED * startOf(losses);
  return losses.map((loss) => Math.min(loss, limit));
}

function startOf(losses: readonly number[]): number {
  return mean(losses.slice(0, Math.max(1, Math.round(START * losses.length))));
}

/**
 * The exponential moving average towards both sides, bias corrected as Adam's (Kingma & Ba 2015, section 3): each loss counts by
 * decay^distance. One over the past alone would lag, and move every rate that is read off the curve up by half a decade.
 */
export function smooth(losses: readonly number[], steps: number): number[] {
  const decay = decayOf(steps);
  const [past, future] = [sums(losses, decay), sums(losses.toReversed(), decay).reverse()];
  return losses.map((loss, i) => {
    const [before, after] = [past[i], future[i]] as [Sum, Sum];
    return (before.sum + after.sum - loss) / (before.weight + after.weight - 1);
  });
}

interface Sum {
  readonly sum: number;
  readonly weight: number;
}

function sums(losses: readonly number[], decay: number): Sum[] {
  let [sum, weight] = [0, 0];
  return losses.map((loss) => ({ sum: (sum = decay * sum + loss), weight: (weight = decay * weight + 1) }));
}

class MovingAverage {
  private sum = 0;
  private weight = 0;

  constructor(private readonly decay: number) {}

  add(value: number): number {
    this.sum = this.decay * this.sum + (1 - this.decay) * value;
    this.weight = this.decay * this.weight + (1 - this.decay);
    return this.sum / this.weight;
  }
}

function decayOf(steps: number): number {
  const span = Math.max(1, SMOOTHING_SPAN * steps);
  return span / (span + 1);
}

/** The middle of the steepest fall before the lowest point, over a window of the smoothing's width; undefined where it falls nowhere. */
function steepestOf(points: readonly RatePoint[], lowest: number): number | undefined {
  const reach = Math.max(1, Math.round((SMOOTHING_SPAN * points.length) / 2));
  const falls = points.map(({ rate }, i) => {
    const before = points[Math.max(0, i - reach)] as RatePoint;
    const after = points[Math.min(points.length - 1, i + reach)] as RatePoint;
    return { rate, fall: (before.loss - after.loss) / Math.log(after.rate / before.rate) };
  });
  const best = falls
    .filter(({ rate }) => rate <= lowest)
    .reduce((steepest, one) => (one.fall > steepest.fall ? one : steepest), { rate: NaN, fall: 0 });
  return best.fall > 0 ? best.rate : undefined;
}

/** To one significant digit: nobody reads more out of such a curve. */
function oneDigit(rate: number): number {
  return Number(rate.toPrecision(1));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
