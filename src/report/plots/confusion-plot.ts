// The confusion matrix of the best epoch.
import type { WinnerEvaluation } from '../winner-evaluation.js';
import { formatPercent } from '../../system/format.js';
import { along, contrast } from './palette.js';
import { GRID, type Plot } from './plot.js';
import { rounded } from './range.js';

/** More classes than this have no room for a number in each cell. */
const LABELLED = 12;
/** The names of more classes than this do not stand beside each other. */
const SLANTED = 4;
/** From no image of the class to all of them. */
const RAMP = ['#f1f6fb', '#9ecae1', '#3182bd', '#08306b'];
const [DARK_TEXT, LIGHT_TEXT] = ['#1f2328', '#ffffff'];

export function confusionPlot(
  evaluation: WinnerEvaluation | undefined,
  classNames: readonly string[] | undefined,
): Plot | undefined {
  const confusion = evaluation?.report.detail?.confusion;
  if (evaluation === undefined || confusion === undefined || confusion.length < 2) return undefined;
  const names = confusion.map((_, i) => classNames?.[i] ?? `class ${i}`);
  const shares = confusion.flatMap((row, actual) => {
    const images = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => {
      const share = images === 0 ? 0 : rounded((100 * count) / images);
      const cell = along(RAMP, share / 100);
      const isLegible = contrast(DARK_TEXT, cell) >= contrast(LIGHT_TEXT, cell);
      return {
        value: [predicted, actual, share, count, formatPercent(share / 100)],
        label: { color: isLegible ? DARK_TEXT : LIGHT_TEXT },
      };
    });
  });
  const many = confusion.length > LABELLED;
  return {
    id: 'confusion',
    title: 'Confusion matrix',
    caption:
      'Validation images by actual class (rows) and by the class that the best model predicted (columns). The colour is the share of the actual class.',
    leastWidth: 100 + (many ? 16 : 36) * confusion.length,
    mostWidth: 140 + 120 * confusion.length,
    height: many ? Math.max(600, 200 + 16 * confusion.length) : 190 + 46 * confusion.length,
    option: {
      // Labels at a slant and the axis' name below them take what they need.
      grid: { ...GRID, right: 24, top: 24, bottom: 44 },
      tooltip: {},
      xAxis: {
        type: 'category',
        data: names,
        name: 'predicted',
        nameLocation: 'middle',
        nameGap: 14,
        nameMoveOverlap: true,
        // All of them, so they stand at a slant; of very many there is room for some.
        axisLabel: many
          ? { hideOverlap: true, overflow: 'truncate', width: 120, rotate: 90 }
          : { interval: 0, overflow: 'truncate', width: 120, rotate: confusion.length > SLANTED ? 35 : 0 },
        splitArea: { show: false },
      },
      yAxis: {
        type: 'category',
        data: names,
        inverse: true,
        name: 'actual',
        nameLocation: 'start',
        axisLabel: { overflow: 'truncate', width: 120 },
      },
      visualMap: {
        type: 'continuous',
        min: 0,
        max: 100,
        dimension: 2,
        orient: 'horizontal',
        left: 'center',
        bottom: 0,
        itemWidth: 12,
        itemHeight: 120,
        text: ['100 %', 'share of the class  0 %'],
        calculable: false,
        inRange: { color: RAMP },
      },
      series: [
        {
          type: 'heatmap',
          label: many ? { show: false } : { show: true, formatter: '{@[3]}', fontSize: 15, fontWeight: 600 },
          itemStyle: { borderColor: '#8884', borderWidth: 1 },
          data: shares,
        },
      ],
    },
  };
}
