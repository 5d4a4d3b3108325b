// Scores of slices as text: the worst first.
import type { SliceScore } from '../../metrics/slice-scores.js';
import { formatMetric } from '../../system/format.js';
import { formatTable } from '../table.js';

/** Slices that are shown; the worst are those that matter. */
const MOST = 15;

/** Lines; none without slices. */
export function sliceTable(slices: readonly SliceScore[]): string[] {
  if (slices.length === 0) return [];
  const rows = slices
    .slice(0, MOST)
    .map(({ column, value, images, accuracy, low, high, ...marks }) => [
      `${column} ${value}`,
      formatMetric(accuracy),
      `${formatMetric(low)} … ${formatMetric(high)}`,
      String(images),
      sliceRemark(marks),
    ]);
  const more = slices.length - MOST;
  return [
    ...formatTable(['slice, worst first', 'accuracy', '95 % interval', 'images', ''], rows),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** What is special about a slice; empty where nothing is. */
function sliceRemark({ isSmall, isWorse }: Pick<SliceScore, 'isSmall' | 'isWorse'>): string {
  if (isWorse) return 'worse than the rest by more than chance';
  return isSmall ? 'few images' : '';
}
