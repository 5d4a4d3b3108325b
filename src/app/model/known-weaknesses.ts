// What a model is known to do badly, for its card: in sentences, from its evaluation.
import type { ImagesRecord } from '../../study/events.js';
import type { Confusion } from '../../metrics/confusion.js';
import { type LabelConfusion, countsOf, labelScores, macroOfLabels } from '../../metrics/labels/label-confusion.js';
import { limitsOfFewImages } from '../../metrics/few-images.js';
import { classScores } from '../../metrics/scores.js';
import { splitWords } from '../../images/indexing/image-index.js';
import type { CardSplit } from './card-splits.js';
import { must } from '../../system/must.js';
import { counted, formatMetric, formatPercent } from '../../system/format.js';
import type { SliceScore } from '../../metrics/slice-scores.js';

/** What is known of a model on a split. */
export interface EvaluatedSplit {
  readonly split: CardSplit;
  readonly confusion?: Confusion;
  /** In place of a confusion matrix, of images with several labels: a table of 2 × 2 for each. */
  readonly labels?: readonly LabelConfusion[];
  readonly slices?: readonly SliceScore[];
}

/** Pairs of classes and slices that are named. */
const NAMED = 5;
/** Wrong images of a pair from which it is more than an accident. */
const OFTEN = 2;
/** Images of a class or a label below which it has few. */
const FEW = 20;
/** Images of the largest class over those of another, above which it is small. */
const IMBALANCE = 10;
/** F1 of a label below the mean of all from which it is named, even if another one is worse. */
const FAR_BELOW = 0.1;

/** At least one sentence. The test images say more than those that chose the model. */
export function weaknesses(
  results: readonly EvaluatedSplit[],
  classes: readonly string[],
  images: ImagesRecord | undefined,
): string[] {
  const result = mostTelling(results);
  const { confusion, labels, slices = [] } = result ?? {};
  const name = (k: number): string => classes[k] ?? `class ${k}`;
  const kind = splitWords(result?.split ?? 'validation');
  const on = `the ${kind} images`;
  if (labels !== undefined && labels.length > 0) {
    const found = labelWeaknesses(labels, images, name, kind);
    return found.length > 0 ? found : [noneOn(on)];
  }
  const found = [
    ...(confusion === undefined ? [] : confused(confusion, name, on)),
    ...(confusion === undefined ? [] : weakest(confusion, name, on)),
    ...smallClasses(images, name),
    ...slices
      .filter(({ isWorse }) => isWorse)
      .slice(0, NAMED)
      .map(
        ({ column, value, accuracy, images: count }) =>
          `On images of ${column} ${value} it is worse than on the rest, by more than chance: accuracy ${formatMetric(accuracy)} on ${counted(count, 'image')}.`,
      ),
    ...(confusion === undefined ? [] : fewImages(imagesOf(confusion), kind)),
  ];
  if (found.length > 0) return found;
  if (confusion === undefined) return ['None is known, because there is no confusion matrix of this model.'];
  return [noneOn(on)];
}

/** Images of where the model will be used say most, then those that did not choose it. */
function mostTelling(results: readonly EvaluatedSplit[]): EvaluatedSplit | undefined {
  const known = results.filter(({ confusion, labels }) => confusion !== undefined || labels !== undefined);
  const of = (wanted: CardSplit): EvaluatedSplit | undefined => known.find(({ split }) => split === wanted);
  return of('targetTest') ?? of('test') ?? known[0] ?? results[0];
}

function noneOn(on: string): string {
  return `None was found on ${on}. That says nothing about other images.`;
}

function confused(confusion: Confusion, name: (k: number) => string, on: string): string[] {
  return confusion
    .flatMap((row, actual) => {
      const total = row.reduce((sum, one) => sum + one, 0);
      return row.map((count, predicted) => ({ actual, predicted, count, total }));
    })
    .filter(({ actual, predicted, count }) => actual !== predicted && count >= OFTEN)
    .sort((a, b) => b.count - a.count || a.actual - b.actual || a.predicted - b.predicted)
    .slice(0, NAMED)
    .map(
      ({ actual, predicted, count, total }) =>
        `${name(actual)} is taken for ${name(predicted)}: ${count} of ${total} on ${on} (${formatPercent(count / total)}).`,
    );
}

function weakest(confusion: Confusion, name: (k: number) => string, on: string): string[] {
  const scores = classScores(confusion)
    .map(({ recall, support }, k) => ({ k, recall, support }))
    .filter(({ support }) => support > 0)
    .sort((a, b) => a.recall - b.recall);
  const [worst, best] = [scores[0], scores.at(-1)];
  if (worst === undefined || best === undefined || worst.recall === best.recall) return [];
  return [
    `${name(worst.k)} is found least often: recall ${formatMetric(worst.recall)} of ${counted(worst.support, 'image')} on ${on}, ${formatMetric(best.recall)} for ${name(best.k)}.`,
  ];
}

function smallClasses(images: ImagesRecord | undefined, name: (k: number) => string): string[] {
  const counts = images?.counts.train ?? [];
  const largest = Math.max(0, ...counts);
  return counts.flatMap((count, k) =>
    count < FEW || count * IMBALANCE < largest
      ? [`${name(k)} had ${counted(count, 'training image')}; the largest class had ${largest}.`]
      : [],
  );
}

function imagesOf(table: Confusion | LabelConfusion): number {
  return table.reduce((sum, row) => sum + row.reduce((all, one) => all + one, 0), 0);
}

function fewImages(total: number, kind: string): string[] {
  const limits = limitsOfFewImages(total, kind);
  return limits === undefined ? [] : [`The figures on the ${kind} images rest on few of them: ${limits}.`];
}

/** Of images with several labels. */
function labelWeaknesses(
  labels: readonly LabelConfusion[],
  images: ImagesRecord | undefined,
  name: (k: number) => string,
  kind: string,
): string[] {
  const on = `the ${kind} images`;
  return [
    ...worstLabels(labels, name, on),
    ...rareLabels(images, name),
    ...labelScores(labels).flatMap(({ support }, k) =>
      support < FEW ? [`The figures of ${name(k)} rest on ${counted(support, 'image')} with it, of ${on}.`] : [],
    ),
    ...fewImages(imagesOf(must(labels[0], 'a table')), kind),
  ];
}

/** The label with the lowest F1, and others that are far below the mean of all. */
function worstLabels(labels: readonly LabelConfusion[], name: (k: number) => string, on: string): string[] {
  const scores = labelScores(labels).map(({ f1 }, k) => ({ k, f1, ...countsOf(must(labels[k], 'a table')) }));
  const mean = macroOfLabels(labels, 'f1');
  return scores
    .filter(({ hits, misses, alarms, f1 }) => hits + misses + alarms > 0 && f1 < mean)
    .sort((a, b) => a.f1 - b.f1 || a.k - b.k)
    .filter(({ f1 }, i) => i === 0 || f1 < mean - FAR_BELOW)
    .slice(0, NAMED)
    .map(
      ({ k, f1, hits, misses, alarms }) =>
        `${name(k)} has an F1 of ${formatMetric(f1)} on ${on}, ${formatMetric(mean)} in the mean of labels: found on ${hits} of ${counted(hits + misses, 'image')} with it, ${counted(alarms, 'false alarm')}.`,
    );
}

function rareLabels(images: ImagesRecord | undefined, name: (k: number) => string): string[] {
  const most = Math.max(0, ...(images?.counts.train ?? []));
  return (images?.counts.train ?? []).flatMap((count, k) =>
    count < FEW || count * IMBALANCE < most
      ? [`${name(k)} was on ${counted(count, 'training image')}; the most frequent label was on ${most}.`]
      : [],
  );
}
