// Values of any metric as shares between 0 and 1, more is better: what the learned curves are about.
import type { History } from '../study/history.js';
import { quantileOfSorted } from '../math/quantile.js';
import { CLASS_METRICS, COMMON_METRICS, POSITIVE_METRICS } from '../metrics/metric-names.js';

/** Metrics that are shares already. */
const SHARES: ReadonlySet<string> = new Set(
  [...COMMON_METRICS, ...POSITIVE_METRICS].filter((name) => name !== 'logLoss'),
);
/** Where other values are put: the worst tenth and the best. */
const [LOW, HIGH] = [0.2, 0.85];
/** The worst tenth counts as no further from the best than so many times the median: where trials diverge, the others stay apart. */
const MOST_SPREAD = 3;

/** A linear map that turns so that more is better. */
export class ValueScale {
  private constructor(
    private readonly factor: number,
    private readonly offset: number,
  ) {}

  /** Of a metric that is no share the range follows from the trials so far. */
  static of({ objective, trials }: History): ValueScale {
    const sign = objective.direction === 'maximize' ? 1 : -1;
    const scores = Float64Array.from(
      trials.flatMap(({ best }) => (best === undefined ? [] : [sign * best.value])),
    ).sort();
    // A trainer of one's own may report percent under the same name.
    const areShares = isShare(objective.metric) && scores.every((score) => score >= 0 && score <= 1);
    if (sign === 1 && areShares) return new ValueScale(1, 0);
    const at = (q: number): number => (scores.length === 0 ? 0 : quantileOfSorted(scores, q));
    const [low, middle, high] = [at(0.1), at(0.5), at(1)];
    const spread = middle < high ? Math.min(high - low, MOST_SPREAD * (high - middle)) : high - low;
    const scaled = (HIGH - LOW) / spread;
    const range = spread > 0 && Number.isFinite(high * scaled) ? scaled : 1;
    return new ValueScale(sign * range, HIGH - high * range);
  }

  shareOf(value: number): number {
    return Math.min(1, Math.max(0, this.factor * value + this.offset));
  }

  /** A difference of shares in the metric's own unit. */
  differenceOf(share: number): number {
    return share / Math.abs(this.factor);
  }
}

function isShare(metric: string): boolean {
  return SHARES.has(metric) || CLASS_METRICS.some((name) => metric.startsWith(`${name}/`));
}
