// Two sets of predictions of the same images, counted by what they say: all that a comparison of two trials needs.
import { type ClassCounts, accuracyOf, macroOf } from '../../metrics/class-counts.js';

/** Images of one kind: of class `label`, predicted `own` by one trial and `rival` by the other. */
export interface Cell {
  readonly label: number;
  readonly own: number;
  readonly rival: number;
  readonly images: number;
}

/** Counts the images of each kind; the lists must be of the same length. At most one cell per image, as a rule far fewer. */
export function countCells(labels: readonly number[], own: readonly number[], rival: readonly number[]): Cell[] {
  const cells = new Map<string, Cell>();
  labels.forEach((label, i) => {
    const key = `${label} ${own[i]} ${rival[i]}`;
    const images = (cells.get(key)?.images ?? 0) + 1;
    cells.set(key, { label, own: own[i]!, rival: rival[i]!, images });
  });
  return [...cells.values()];
}

export type ClassificationMetric = (counts: ClassCounts) => number;

/** The metrics that can be computed again from predictions; all in [0, 1], more is better. */
export const classificationMetrics: ReadonlyMap<string, ClassificationMetric> = new Map<string, ClassificationMetric>([
  ['accuracy', accuracyOf],
  ['macroF1', (counts) => macroOf(counts, 'f1')],
  ['macroPrecision', (counts) => macroOf(counts, 'precision')],
  ['macroRecall', (counts) => macroOf(counts, 'recall')],
]);
