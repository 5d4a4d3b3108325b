// What the best epoch got right and wrong of each label: a table of 2 × 2 for each, as a row.
import { countsOf } from '../../metrics/labels/label-confusion.js';
import { must } from '../../system/must.js';
import { formatPercent } from '../../system/format.js';
import type { WinnerEvaluation } from '../winner-evaluation.js';
import { along, contrast } from './palette.js';
import { GRID, type Plot } from './plot.js';
import { rounded } from './range.js';

const COLUMNS = ['found', 'missed', 'false alarms', 'rightly not given'];
/** From none to all. */
const RAMP = ['#f1f6fb', '#9ecae1', '#3182bd', '#08306b'];
const [DARK_TEXT, LIGHT_TEXT] = ['#1f2328', '#ffffff'];

export function labelPlot(
  evaluation: WinnerEvaluation | undefined,
  labelNames: readonly string[] | undefined,
): Plot | undefined {
  const labels = evaluation?.report.detail?.labels;
  if (labels === undefined || labels.length === 0) return undefined;
  const names = labels.map((_, i) => labelNames?.[i] ?? `label ${i}`);
  const cells = labels.flatMap((table, row) => {
    const { hits, misses, alarms } = countsOf(table);
    const rest = must(table[0], 'images without the label')[0] ?? 0;
    const [present, absent] = [hits + misses, alarms + rest];
    const share = (count: number, of: number): number => (of === 0 ? 0 : rounded((100 * count) / of));
    return [
      [hits, share(hits, present)] as const,
      [misses, share(misses, present)] as const,
      [alarms, share(alarms, absent)] as const,
      [rest, share(rest, absent)] as const,
    ].map(([count, percent], column) => {
      const colour = along(RAMP, percent / 100);
      const isLegible = contrast(DARK_TEXT, colour) >= contrast(LIGHT_TEXT, colour);
      return {
        value: [column, row, percent, count, formatPercent(percent / 100)],
        label: { color: isLegible ? DARK_TEXT : LIGHT_TEXT },
      };
    });
  });
  return {
    id: 'confusion',
    title: 'Right and wrong by label',
    caption:
      'Validation images by label (rows): those with it that the best model found and missed, and those without it that got it and did not. The colour is the share of the images with the label, or of those without.',
    leastWidth: 420,
    mostWidth: 760,
    height: 150 + 40 * labels.length,
    option: {
      grid: { ...GRID, right: 24, top: 24, bottom: 44 },
      tooltip: {},
      xAxis: { type: 'category', data: COLUMNS, axisLabel: { interval: 0 }, splitArea: { show: false } },
      yAxis: { type: 'category', data: names, inverse: true, axisLabel: { overflow: 'truncate', width: 120 } },
      visualMap: { type: 'continuous', min: 0, max: 100, dimension: 2, show: false, inRange: { color: RAMP } },
      series: [
        {
          type: 'heatmap',
          label: { show: true, formatter: '{@[3]}', fontSize: 15, fontWeight: 600 },
          itemStyle: { borderColor: '#8884', borderWidth: 1 },
          data: cells,
        },
      ],
    },
  };
}
