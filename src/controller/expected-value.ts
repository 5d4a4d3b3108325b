// What the trial to go with is worth on other images, from the predictions that all trials left in the journal.
import { RandomStream } from '../math/random.js';
import { type CountMetric, countMetric } from '../metrics/count-metrics.js';
import { type Candidate, type RunPredictions, correctedForSelection } from '../metrics/selection-bias.js';
import { isTargetMetric } from '../metrics/metric-names.js';
import { classCounts } from '../metrics/class-counts.js';
import { confusionOf } from '../metrics/confusion.js';
import type { ImagesRecord, StudyRecord } from '../study/events.js';
import { type History, parametersKey } from '../study/history.js';
import { valueOf } from '../study/objective.js';
import { type Trial, isOfSearch } from '../study/trial.js';
import { standingsOf } from './choice.js';
import { finalistsOf } from './confirmation.js';
import { isMultilabel } from '../study/task.js';
import { validationLabels } from '../study/validation-labels.js';

/** The bias-corrected estimate, of the objective. */
export interface ExpectedValue {
  readonly metric: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Such as 0.95. */
  readonly level: number;
  /** Validation images. */
  readonly images: number;
  /** Trials that it was chosen from. */
  readonly trials: number;
}

/** A reported value may differ from the one of its predictions by this much, as a rounded one does. */
const TOLERANCE = 1e-3;

/**
 * Every trial of the search that did not fail competes, those that were pruned or have not ended as well: each of them can be the best so
 * far. A text where the estimate cannot be made: why. Undefined with a trainer of the user's own, or where no trial has a value.
 */
export function expectedValueOf(
  history: History,
  record: Pick<StudyRecord, 'definition' | 'images'>,
): ExpectedValue | string | undefined {
  const { definition, images } = record;
  const before = latest.get(definition);
  const isSame =
    before?.images === images &&
    before?.trials.length === history.trials.length &&
    before.trials.every((trial, i) => trial === history.trials[i]);
  if (before !== undefined && isSame) return before.value;
  const value = estimate(history, record);
  latest.set(definition, { images, trials: [...history.trials], value });
  return value;
}

/** What was found last, of each study: with many images it takes seconds, and several views of one study ask for it. */
const latest = new WeakMap<StudyRecord['definition'], Latest>();

interface Latest {
  readonly images: StudyRecord['images'];
  /** Records are replaced where they change. */
  readonly trials: readonly Trial[];
  readonly value: ExpectedValue | string | undefined;
}

function estimate(
  history: History,
  { definition, images }: Pick<StudyRecord, 'definition' | 'images'>,
): ExpectedValue | string | undefined {
  const trials = history.trials.filter((trial) => isOfSearch(trial) && trial.state !== 'failed' && trial.best);
  if (images === undefined || trials.length === 0) return undefined;
  // A mean over folds says by its own interval what to expect (metrics/fold-interval.ts).
  if (history.folds > 1) return undefined;
  const { metric, positiveClass } = definition.objective;
  const { classes } = images;
  if (isMultilabel(images)) return 'the journal has no predictions of images with several labels';
  if (isTargetMetric(metric)) return 'the journal does not say which class each image of the target has';
  const measure = countMetric(metric, classes, positiveClass);
  if (measure === undefined) return `${metric} does not follow from the predicted classes, which the journal has`;
  const labels = validationLabels(images);
  const runs = new Map<Trial, RunPredictions>();
  for (const trial of history.trials) {
    if (trial.best === undefined || trial.state === 'failed') continue;
    const found = predictionsOf(trial, history, { labels, classes, measure });
    if (typeof found === 'string') return found;
    runs.set(trial, found);
  }
  const candidates = candidatesOf(history, trials, runs);
  const isRepeated = candidates.some((candidate) => candidate.runs.length > 1);
  const corrected = correctedForSelection({
    ...{ labels, classes, metric, measure, positiveClass, candidates },
    confirmed: isRepeated ? definition.search.confirm?.top : undefined,
    random: RandomStream.of(definition.search.seed, 'expected value'),
  });
  return corrected && { metric, ...corrected, images: labels.length, trials: trials.length };
}

/** Each trial of the search with its repeats. */
function candidatesOf(
  history: History,
  trials: readonly Trial[],
  runs: ReadonlyMap<Trial, RunPredictions>,
): Candidate[] {
  const repeats = new Map<string, RunPredictions[]>();
  for (const trial of history.trials) {
    const run = trial.source === 'confirmation' && trial.state === 'completed' ? runs.get(trial) : undefined;
    if (run === undefined) continue;
    const key = parametersKey(trial.parameters);
    repeats.set(key, [...(repeats.get(key) ?? []), run]);
  }
  const standings = standingsOf(history, finalistsOf(history));
  return trials.flatMap((trial) => {
    const own = runs.get(trial);
    const preference = standings.get(trial.number);
    return own === undefined
      ? []
      : [{ runs: [own, ...(repeats.get(parametersKey(trial.parameters)) ?? [])], preference }];
  });
}

interface Known {
  readonly labels: readonly number[];
  readonly classes: ImagesRecord['classes'];
  readonly measure: CountMetric;
}

/** The predictions of each epoch with a value, or why they cannot be used. */
function predictionsOf(
  { number, reports }: Trial,
  { objective }: History,
  { labels, classes, measure }: Known,
): RunPredictions | string {
  const found: (readonly number[])[] = [];
  for (const report of reports) {
    const reported = valueOf(objective, report);
    if (reported === undefined) continue;
    const predictions = report.detail?.predictions;
    const what = `trial ${number}, epoch ${report.epoch}`;
    if (predictions === undefined) return `the journal has no predictions of ${what}`;
    if (predictions.length !== labels.length || predictions.some((one) => classes[one] === undefined)) {
      return `the predictions of ${what} are not those of the ${labels.length} validation images`;
    }
    const again = measure(classCounts(confusionOf(labels, predictions, classes.length)));
    if (Math.abs(again - reported) > TOLERANCE) {
      return `the journal, begun by an earlier version, does not say which class each validation image has`;
    }
    found.push(predictions);
  }
  return found;
}
