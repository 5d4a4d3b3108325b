// How much of the difference between trials each parameter explains.
import { formatPercent } from '../../system/format.js';
import type { ReportInput } from '../report-input.js';
import { COLOURS } from './palette.js';
import { GRID, type Plot, named } from './plot.js';
import { rounded } from './range.js';

export function importancePlot({ importance, history }: ReportInput): Plot | undefined {
  if (importance === undefined || importance.length === 0) return undefined;
  const ascending = importance.toSorted((a, b) => a.share - b.share);
  return {
    id: 'importance',
    title: 'Parameter importance',
    caption: `Each parameter’s share of the differences in ${history.objective.metric} that the parameters explain.`,
    height: 80 + 30 * ascending.length,
    option: {
      grid: { ...GRID, top: 8, right: 56 },
      tooltip: { trigger: 'item' },
      xAxis: { type: 'value', min: 0, ...named('share'), axisLabel: { formatter: '{value} %' } },
      yAxis: { type: 'category', data: ascending.map(({ name }) => name), axisTick: { show: false } },
      series: [
        {
          type: 'bar',
          barMaxWidth: 18,
          itemStyle: { color: COLOURS.completed, borderRadius: [0, 3, 3, 0] },
          label: { show: true, position: 'right' },
          data: ascending.map(({ share }) => ({
            value: rounded(100 * share),
            label: { formatter: formatPercent(share) },
          })),
        },
      ],
    },
  };
}
