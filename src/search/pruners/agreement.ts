// Two sets of predictions of the same images, counted by what they say: all that a comparison of two trials needs.

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

/** What a classification metric is made of, by class: images of it, images predicted as it, and both. */
export interface ClassCounts {
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
  readonly correct: Float64Array;
}

export type ClassificationMetric = (counts: ClassCounts) => number;

/** The metrics that can be computed again from predictions; all in [0, 1], more is better. Macro: the mean over classes. */
export const classificationMetrics: ReadonlyMap<string, ClassificationMetric> = new Map<string, ClassificationMetric>([
  ['accuracy', ({ actual, correct }) => sum(correct) / sum(actual)],
  ['macroF1', (counts) => macro(counts, (actual, predicted, correct) => (2 * correct) / (actual + predicted))],
  [
    'macroPrecision',
    (counts) => macro(counts, (_actual, predicted, correct) => (predicted > 0 ? correct / predicted : 0)),
  ],
  ['macroRecall', (counts) => macro(counts, (actual, _predicted, correct) => (actual > 0 ? correct / actual : 0))],
]);

/** The mean of a class's figure over the classes that occur at all. */
function macro(
  { actual, predicted, correct }: ClassCounts,
  figure: (actual: number, predicted: number, correct: number) => number,
): number {
  let total = 0;
  let classes = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, p, c] = [actual[i]!, predicted[i]!, correct[i]!];
    if (a + p === 0) continue;
    total += figure(a, p, c);
    classes++;
  }
  return classes === 0 ? 0 : total / classes;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
