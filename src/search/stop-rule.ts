// When further trials of a study are not worth their time.
import { RandomStream } from '../math/random.js';
import { confusionInterval } from '../metrics/bootstrap.js';
import { COMMON_METRICS } from '../metrics/metric-names.js';
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import { bestReportOf } from '../study/trial.js';
import { formatDigits } from '../system/format.js';

/**
 * Below which expected improvement of the next trial a study ends: in the objective's units, or `noise`, a share of the best value's
 * statistical error.
 */
export type StopRule = 'noise' | LeastWorthwhile;

/** The share of the standard error that counts as an improvement. `npx tsx bench/stopping.ts` measures what others would cost. */
const NOISE_SHARE = 0.5;
const RESAMPLES = 300;
/** The normal quantile of a 95 % interval, twice. */
const WIDTH = 2 * 1.96;

export interface LeastWorthwhile {
  readonly improvement: number;
  /** The standard error of the best value, where it is known. */
  readonly error?: number;
}

/** Undefined where the noise is not known: the metric does not follow from the best trial's confusion matrix. */
export function leastWorthwhile(rule: StopRule, history: History): LeastWorthwhile | undefined {
  if (rule !== 'noise') return rule;
  const error = standardError(history);
  return error === undefined ? undefined : { improvement: NOISE_SHARE * error, error };
}

/** Of the best trial's value: how far it would shift with other validation images. Repeats of folds have the same images again. */
export function standardError({
  best,
  parts,
  objective: { metric },
}: Pick<History, 'best' | 'parts' | 'objective'>): number | undefined {
  const repeats = Math.max(1, (best?.folds?.length ?? 0) / parts);
  const confusion = best && bestReportOf(best)?.detail?.confusion?.map((row) => row.map((images) => images / repeats));
  const isKnown = metric !== 'logLoss' && COMMON_METRICS.some((known) => known === metric);
  if (confusion === undefined || !isKnown || confusion.flat().every((images) => images === 0)) return undefined;
  const classes = confusion.map((_, k) => String(k));
  const random = RandomStream.of('standard error');
  const { low, high } = confusionInterval(confusion, classes, metric, random, { resamples: RESAMPLES });
  return (high - low) / WIDTH;
}

export function enoughText(gain: number, { improvement, error }: LeastWorthwhile, { metric }: Objective): string {
  const why =
    error === undefined
      ? `less than search.stop asks for (${formatDigits(improvement, 2)})`
      : `less than ${100 * NOISE_SHARE} % of its statistical error on these images (${formatDigits(error, 2)})`;
  return `the next trial is expected to improve ${metric} by ${formatDigits(gain, 2)}, ${why}`;
}
