// How good a model is on slices of the images, such as those of one hospital: the worst first.
import { normalQuantile } from '../math/normal.js';
import { differenceOf } from './two-samples.js';

/** What divides images into slices. */
export interface Slicing {
  /** Such as the name of a table's column. */
  readonly column: string;
  readonly values: readonly string[];
  /** The value of each image, as an index of `values`; −1 where it has none. */
  readonly members: readonly number[];
}

export interface SliceScore {
  readonly column: string;
  readonly value: string;
  readonly images: number;
  /** Share of the images whose class the model says. */
  readonly accuracy: number;
  /** The interval of the accuracy, of `LEVEL`. */
  readonly low: number;
  readonly high: number;
  /** Fewer images than say much. */
  readonly isSmall: boolean;
  /** Less accurate than all other images together, by more than chance over all slices. */
  readonly isWorse: boolean;
}

const LEVEL = 0.95;
/** Below this many images the interval is wider than 0.2 at an accuracy of 0.9. */
const SMALL = 30;

interface Share {
  readonly right: number;
  readonly images: number;
}

/**
 * Accuracy, since other metrics of a slice depend on which classes it has. Slices are compared with the images outside of them by the interval
 * of the difference (two-samples.ts), at a level that is shared among all slices (C. E. Bonferroni 1936), so that one of many is seldom called
 * worse by chance.
 * @param labels the class of each image. @param predictions what the model says.
 */
export function sliceScores(
  labels: readonly number[],
  predictions: readonly number[],
  slicings: readonly Slicing[],
): SliceScore[] {
  const overall = shareOf(labels, predictions, () => true);
  const slices = slicings.flatMap(({ column, values, members }) =>
    values.map((value, k) => ({ column, value, share: shareOf(labels, predictions, (i) => members[i] === k) })),
  );
  const present = slices.filter(({ share }) => share.images > 0);
  const strict = 1 - (1 - LEVEL) / Math.max(1, present.length);
  return present
    .map(({ column, value, share }): SliceScore => {
      const others = { right: overall.right - share.right, images: overall.images - share.images };
      const isWorse =
        others.images > 0 && differenceOf(measured(others, strict), measured(share, strict)).sign === 'lower';
      const { value: accuracy, low, high } = measured(share, LEVEL);
      return { column, value, images: share.images, accuracy, low, high, isSmall: share.images < SMALL, isWorse };
    })
    .sort((a, b) => a.accuracy - b.accuracy || b.images - a.images);
}

function shareOf(labels: readonly number[], predictions: readonly number[], has: (i: number) => boolean): Share {
  let [right, images] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (!has(i)) continue;
    images++;
    if (labels[i] === predictions[i]) right++;
  }
  return { right, images };
}

/** With the score interval of E. B. Wilson (JASA 1927). */
function measured({ right, images }: Share, level: number): { value: number; low: number; high: number } {
  const value = right / images;
  const z = normalQuantile(1 - (1 - level) / 2);
  const middle = (value + z ** 2 / (2 * images)) / (1 + z ** 2 / images);
  const half = (z * Math.sqrt((value * (1 - value)) / images + z ** 2 / (4 * images ** 2))) / (1 + z ** 2 / images);
  return { value, low: Math.max(0, Math.min(value, middle - half)), high: Math.min(1, Math.max(value, middle + half)) };
}
