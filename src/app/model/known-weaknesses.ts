// What a model is known to do badly, for its card: in sentences, from its evaluation.
import type { ImagesRecord } from '../../study/events.js';
import type { Confusion } from '../../metrics/confusion.js';
import { limitsOfFewImages } from '../../metrics/few-images.js';
import { classScores } from '../../metrics/scores.js';
import { counted, formatMetric, formatPercent } from '../../system/format.js';
import type { SliceScore } from '../../metrics/slice-scores.js';

/** What is known of a model on a split. */
export interface EvaluatedSplit {
  readonly split: 'validation' | 'test';
  readonly confusion?: Confusion;
  readonly slices?: readonly SliceScore[];
}

/** Pairs of classes and slices that are named. */
const NAMED = 5;
/** Wrong images of a pair from which it is more than an accident. */
const OFTEN = 2;
/** Training images of a class below which it has few. */
const FEW = 20;
/** Images of the largest class over those of another, above which it is small. */
const IMBALANCE = 10;

/** At least one sentence. The test images say more than those that chose the model. */
export function weaknesses(
  results: readonly EvaluatedSplit[],
  classes: readonly string[],
  images: ImagesRecord | undefined,
): string[] {
  const result = results.find(({ split }) => split === 'test') ?? results[0];
  const { confusion, slices = [] } = result ?? {};
  const name = (k: number): string => classes[k] ?? `class ${k}`;
  const on = `the ${result?.split ?? 'validation'} images`;
  const found = [
    ...(confusion === undefined ? [] : confused(confusion, name, on)),
    ...(confusion === undefined ? [] : weakest(confusion, name, on)),
    ...smallClasses(images, name),
    ...slices
      .filter(({ isWorse }) => isWorse)
      .slice(0, NAMED)
      .map(
        ({ column, value, accuracy, images: count }) =>
          `Images of ${column} ${value} are worse than the rest by more than chance: accuracy ${formatMetric(accuracy)} on ${counted(count, 'image')}.`,
      ),
    ...(confusion === undefined ? [] : fewImages(confusion, on)),
  ];
  if (found.length > 0) return found;
  if (confusion === undefined) return ['They were not looked for: there is no confusion matrix of this model.'];
  return [`None was found on ${on}. That says nothing about other images.`];
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

function fewImages(confusion: Confusion, on: string): string[] {
  const total = confusion.reduce((sum, row) => sum + row.reduce((all, one) => all + one, 0), 0);
  const limits = limitsOfFewImages(total);
  return limits === undefined ? [] : [`The figures on ${on} rest on few of them: ${limits}.`];
}
