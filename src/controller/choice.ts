// `search.choose`: among trials that cannot be told apart from the best, the one that is simpler or cheaper.
//
// The one-standard-error rule (L. Breiman, J. Friedman, R. Olshen and C. Stone, 'Classification and Regression Trees', 1984), with the error of the
// difference instead of that of one value: both are scored on the same images, or in the same folds.
import { RandomStream } from '../math/random.js';
import { countMetric } from '../metrics/count-metrics.js';
import { pairedError } from '../metrics/paired-error.js';
import type { StudyRecord } from '../study/events.js';
import { trainingCost } from '../study/epoch-seconds.js';
import type { History } from '../study/history.js';
import type { Preference, SearchConfiguration } from '../study/schema/study-schema.js';
import { TRAINING_DEFAULTS } from '../study/schema/training-schema.js';
import { type Trial, bestReportOf } from '../study/trial.js';
import { formatMetric } from '../system/format.js';
import { validationLabels } from '../study/validation-labels.js';

/** So many of the best trials are looked at, and keep their weights, unless `search.keep` says otherwise. */
const CHOSEN_FROM = 5;

/** How many of the best trials keep their weights, and can be chosen (`search.choose`); undefined where the study does not say. */
export function keptTrials({ keep, choose }: Pick<SearchConfiguration, 'keep' | 'choose'>): number | undefined {
  return keep ?? (choose === undefined || choose === 'best' ? undefined : CHOSEN_FROM);
}

/** A trial with its value: of several runs, their mean. */
interface Valued {
  readonly trial: Trial;
  readonly mean: number;
}

export interface Choice {
  readonly by: Preference;
  /** The trial with the best value. */
  readonly instead: Trial;
  /** That value; of several runs, their mean. */
  readonly value: number;
  /** How much better that one is, and the standard error of the difference. */
  readonly difference: number;
  readonly error: number;
}

/** How near a trial has to be to the best one, and its place where that is so: lower is preferred. */
export interface Standing {
  readonly order: number;
  readonly tolerance: number;
}

/** @param contenders best first. @returns the chosen one, with what it was chosen instead of; undefined where it is the best. */
export function choose<Contender extends Valued>(
  history: History,
  contenders: readonly Contender[],
): { readonly contender: Contender; readonly choice: Choice } | undefined {
  const [best] = contenders;
  const by = history.record?.definition.search.choose;
  if (best === undefined || by === undefined || by === 'best') return undefined;
  const standings = standingsOf(history, contenders);
  const difference = ({ mean }: Valued): number => Math.abs(best.mean - mean);
  const near = contenders.filter((one) => {
    const standing = standings.get(one.trial.number);
    return standing !== undefined && difference(one) <= standing.tolerance;
  });
  const order = ({ trial }: Valued): number => standings.get(trial.number)?.order ?? Infinity;
  const contender = near.reduce((first, one) => (order(one) < order(first) ? one : first), best);
  if (contender === best) return undefined;
  const error = standings.get(contender.trial.number)?.tolerance ?? 0;
  return { contender, choice: { by, instead: best.trial, value: best.mean, difference: difference(contender), error } };
}

/** "simpler than trial 12 with 0.9123, which is better by 0.0073: less than one standard error of the difference, 0.0121" */
export function choiceText({ by, instead, value, difference, error }: Choice): string {
  const [best, better, tolerance] = [value, difference, error].map(formatMetric);
  return `${by} than trial ${instead.number} with ${best}, which is better by ${better}: less than one standard error of the difference, ${tolerance}`;
}

const latest = new WeakMap<
  StudyRecord,
  { readonly trials: readonly Trial[]; readonly standings: ReadonlyMap<number, Standing> }
>();

/** Of the trials that can be compared with the best, the first; none where the journal does not say how sure a difference is. */
export function standingsOf(history: History, contenders: readonly Valued[]): ReadonlyMap<number, Standing> {
  const { record } = history;
  const trials = contenders.map(({ trial }) => trial);
  if (record === undefined) return new Map();
  const before = latest.get(record);
  const isSame = before?.trials.length === trials.length && before.trials.every((trial, i) => trial === trials[i]);
  if (before !== undefined && isSame) return before.standings;
  const standings = newStandings(history, record, trials);
  latest.set(record, { trials, standings });
  return standings;
}

function newStandings(history: History, record: StudyRecord, trials: readonly Trial[]): Map<number, Standing> {
  const [best] = trials;
  const by = record.definition.search.choose;
  const standings = new Map<number, Standing>();
  if (best === undefined || by === undefined || by === 'best') return standings;
  for (const trial of trials) {
    const tolerance = trial === best ? 0 : errorOfDifference(history, record, best, trial);
    if (tolerance !== undefined) standings.set(trial.number, { order: orderOf(by, trial, record), tolerance });
  }
  return standings;
}

/** Undefined where it cannot be told. */
function errorOfDifference(history: History, record: StudyRecord, best: Trial, trial: Trial): number | undefined {
  if (history.folds > 1) return errorInFolds(best, trial, history.parts);
  const { images, definition } = record;
  const { metric, positiveClass } = definition.objective;
  const measure = images && countMetric(metric, images.classes, positiveClass);
  const [one, other] = [best, trial].map((each) => bestReportOf(each)?.detail?.predictions);
  if (images === undefined || measure === undefined || one === undefined || other === undefined) return undefined;
  const labels = validationLabels(images);
  if (one.length !== labels.length || other.length !== labels.length) return undefined;
  const random = RandomStream.of(definition.search.seed, 'choice', best.number, trial.number);
  return pairedError({ labels, classes: images.classes.length, measure, random }, one, other);
}

/** Of a mean over folds, which share training images: C. Nadeau and Y. Bengio, 'Inference for the Generalization Error', Machine Learning 2003. */
function errorInFolds(best: Trial, trial: Trial, parts: number): number | undefined {
  const differences = (best.folds ?? []).flatMap(({ index, value }) => {
    const same = trial.folds?.find((fold) => fold.index === index);
    return same === undefined ? [] : [value - same.value];
  });
  const n = differences.length;
  if (n < 2 || n < (best.folds?.length ?? 0)) return undefined;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return Math.sqrt(variance * (1 / n + 1 / (parts - 1)));
}

/**
 * simpler: blocks that were trained. cheaper: multiply-accumulates up to the best epoch, which are the same however often a study is run: the
 * frozen part once for each view that was shown, the trained blocks in every epoch. Journals of earlier versions go by those of an average
 * epoch, or by the seconds of the median one.
 */
function orderOf(by: Preference, trial: Trial, { definition, costs }: StudyRecord): number {
  const training = { ...TRAINING_DEFAULTS, ...definition.training, ...trial.parameters };
  const depth = training.unfreezeDepth;
  if (by === 'simpler') return depth;
  const epochs = trial.best?.epoch ?? trial.reports.length;
  if (costs !== undefined) {
    const { backbone } = trial.parameters;
    const own = costs.filter((cost) => cost.backbone === backbone && cost.multiplyAccumulates > 0);
    // A depth beyond the backbone's blocks trains all of them.
    const within = own.filter((cost) => cost.depth <= depth).sort((a, b) => b.depth - a.depth);
    const [cost] = within;
    if (cost?.parts === undefined) return (cost?.multiplyAccumulates ?? Infinity) * epochs;
    return trainingCost(cost.parts, epochs, training.augmentation === 'none' ? 1 : training.views);
  }
  const seconds = trial.reports.flatMap((report) => report.seconds ?? []).sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)];
  return median === undefined ? Infinity : median * epochs;
}
