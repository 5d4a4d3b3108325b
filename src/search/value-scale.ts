// Values of any metric as shares between 0 and 1, more is better: what the learned curves are about.
import type { History } from '../study/history.js';
import { quantileOfSorted } from '../math/quantile.js';
import { COMMON_METRICS, POSITIVE_METRICS } from '../metrics/metric-names.js';

/** Metrics that are shares already. */
const SHARES: ReadonlySet<string> = new Set(
  [...COMMON_METRICS, ...POSITIVE_METRICS].filter((name) => name !== 'logLoss'),
);
/** Where other values are put: the worst tenth and the best. */
const [LOW, HIGH] = [0.2, 0.85];

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
    const areShares = SHARES.has(objective.metric) && scores.every((score) => score >= 0 && score <= 1);
    if (sign === 1 && areShares) return new ValueScale(1, 0);
    const [low, high] = scores.length === 0 ? [0, 0] : [quantileOfSorted(scores, 0.1), scores[scores.length - 1] ?? 0];
    const range = high > low ? (HIGH - LOW) / (high - low) : 1;
    return new ValueScale(sign * range, HIGH - high * range);
  }

  shareOf(value: number): number {
    return Math.min(1, Math.max(0, this.factor * value + this.offset));
  }
}
