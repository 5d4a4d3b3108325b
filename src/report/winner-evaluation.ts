// What a study says: its best trial, how sure that is, and which other trials it cannot be told from.
import { winnerOf } from '../controller/confirmation.js';
import { RandomStream } from '../math/random.js';
import { isBetter, valueOf } from '../study/objective.js';
import { type Report, type Trial, bestReportOf } from '../study/trial.js';
import { foldInterval } from '../metrics/fold-interval.js';
import { bootstrapInterval } from '../metrics/bootstrap.js';
import type { Confusion } from '../metrics/confusion.js';
import { splitWords } from '../images/indexing/image-index.js';
import { COMMON_METRICS, isTargetMetric } from '../metrics/metric-names.js';
import type { ReportInput, ValueInterval } from './report-input.js';
import { searchTrials } from './search-trials.js';
import { byRank } from '../study/folds.js';

export interface WinnerEvaluation {
  readonly trial: Trial;
  readonly value: number;
  /** The best epoch's report. */
  readonly report: Report;
  readonly interval: ValueInterval | undefined;
  /** Images that the value was measured on, where known. */
  readonly images: number | undefined;
  /** The value first, then those of repeats with other seeds, where there are any. */
  readonly values: readonly number[];
  /** Other finished trials of the search whose value lies within the interval, best first. */
  readonly peers: readonly Trial[];
}

/** Of the winner: the best trial, or by the mean of its repeats the best configuration. Undefined while no trial has ended with a value. */
export function evaluateWinner(input: ReportInput): WinnerEvaluation | undefined {
  const { history } = input;
  const { trial, values } = winnerOf(history) ?? { trial: undefined, values: [] };
  const report = trial === undefined ? undefined : bestReportOf(trial);
  if (trial?.best === undefined || report === undefined) return undefined;
  const { confusion, labels } = report.detail ?? {};
  const interval =
    input.interval ?? (trial.folds === undefined ? intervalOf(input, report) : foldsInterval(input, trial.folds));
  return {
    trial,
    value: trial.best.value,
    report,
    interval,
    values,
    images: confusion === undefined ? labels?.[0] && total(labels[0]) : total(confusion),
    peers: interval === undefined ? [] : peersOf(input, trial, interval),
  };
}

/**
 * Bootstrap over the validation images, which a confusion matrix holds all there is to know about: a resample of images is a
 * resample of its cells. Undefined where the metric does not follow from the matrix.
 */
function intervalOf(input: ReportInput, report: Report): ValueInterval | undefined {
  const { history, images } = input;
  const { metric } = history.objective;
  const confusion = report.detail?.confusion;
  const reported = valueOf(history.objective, report);
  if (confusion === undefined || reported === undefined || total(confusion) === 0) return undefined;
  if (!(COMMON_METRICS as readonly string[]).includes(metric) || metric === 'logLoss') return undefined;
  const classes = confusion.map((_, i) => images?.classes[i] ?? String(i));
  const found = bootstrapInterval(imagesOf(confusion), classes, metric, RandomStream.of('report', 'interval'));
  // A metric of the same name that means something else has no interval here.
  if (Math.abs(found.value - reported) > TOLERANCE) return undefined;
  return { ...found, method: `bootstrap over the ${total(confusion)} ${imagesOfObjective(input)} images` };
}

/** The kind of images that values are about. */
export function imagesOfObjective({ history, images }: Pick<ReportInput, 'history' | 'images'>): string {
  const isTarget = images?.target !== undefined && isTargetMetric(history.objective.metric);
  return splitWords(isTarget ? 'targetValidation' : 'validation');
}

/** Of the mean over folds, whose values depend on each other. */
function foldsInterval({ history }: ReportInput, folds: NonNullable<Trial['folds']>): ValueInterval | undefined {
  const found = foldInterval(
    folds.map(({ value }) => value),
    history.parts,
  );
  return found === undefined
    ? undefined
    : { ...found, method: `over ${folds.length} folds, wider because they share training images` };
}

const TOLERANCE = 1e-4;

/** Images with the predictions that the matrix counts, each as sure as can be. */
function imagesOf(confusion: Confusion): { labels: number[]; probabilities: Float32Array; classCount: number } {
  const classCount = confusion.length;
  const pairs = confusion.flatMap((row, actual) =>
    row.flatMap((count, predicted) => Array.from({ length: count }, () => [actual, predicted] as const)),
  );
  const probabilities = new Float32Array(pairs.length * classCount);
  pairs.forEach(([, predicted], i) => (probabilities[i * classCount + predicted] = 1));
  return { labels: pairs.map(([actual]) => actual), probabilities, classCount };
}

function total(confusion: Confusion): number {
  return confusion.flat().reduce((sum, count) => sum + count, 0);
}

function peersOf({ history }: ReportInput, best: Trial, { low, high }: ValueInterval): Trial[] {
  const { objective } = history;
  const bound = objective.direction === 'maximize' ? low : high;
  return searchTrials(history)
    .filter(({ number, outcome }) => number !== best.number && outcome !== undefined && outcome.status !== 'failed')
    .filter(({ best: own }) => own !== undefined && !isBetter(objective, bound, own.value))
    .sort(byRank(objective));
}
