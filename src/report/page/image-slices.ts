// How good the best trial is on slices of the images that trials are validated on.
import { winnerOf } from '../../controller/confirmation.js';
import { winnerSlices } from '../../controller/winner-slices.js';
import { formatMetric } from '../../system/format.js';
import type { ReportInput } from '../report-input.js';
import { type Html, escape, table } from './html.js';

/** Undefined where the study names no slices. */
export function imageSlices({ history, images }: ReportInput): Html | undefined {
  const slices = winnerSlices(history, images === undefined ? {} : { images }, winnerOf(history)?.trial);
  if (slices.length === 0) return undefined;
  const rows = slices.map(({ column, value, images: count, accuracy, low, high, isSmall, isWorse }) => [
    escape(`${column} ${value}`),
    formatMetric(accuracy),
    `${formatMetric(low)} – ${formatMetric(high)}`,
    String(count),
    isWorse ? 'worse than the rest by more than chance' : isSmall ? 'few images' : '',
  ]);
  const caption =
    'Accuracy on the images that trials are validated on, for each slice (data.slices), the worst first, with 95 % intervals. Differences are checked for all slices together.';
  return `${table('Accuracy of slices', ['slice', 'accuracy', 'interval', 'images', ''], rows)}<p class="caption">${caption}</p>`;
}
