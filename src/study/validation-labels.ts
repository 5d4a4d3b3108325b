// The class of each validation image, as a study's journal remembers it: runs of equal ones, or nothing where images are in order of their classes.
import type { ImagesRecord } from './events.js';

/** What a journal needs to remember of them: nothing where they are in order. */
export function recordedLabels(labels: readonly number[]): Pick<ImagesRecord, 'labels'> {
  if (labels.every((label, i) => i === 0 || label >= labels[i - 1]!)) return {};
  const runs: [number, number][] = [];
  for (const label of labels) {
    const run = runs.at(-1);
    if (run?.[0] === label) run[1]++;
    else runs.push([label, 1]);
  }
  return { labels: runs };
}

/** Of the images that trials are validated on, in the order of the index: in folds, of all but the test images. Journals of earlier versions say nothing where images are not in order of their classes either. */
export function validationLabels({
  labels,
  counts,
  folds,
}: Pick<ImagesRecord, 'labels' | 'counts' | 'folds'>): number[] {
  const { [folds === undefined ? 'validation' : 'train']: validated } = counts;
  const runs = labels ?? validated.map((count, label) => [label, count] as const);
  return runs.flatMap(([label, count]) => new Array<number>(count).fill(label));
}
