// Transfer beside training from random weights: whether pre-training paid.
import { valueOf } from '../../study/objective.js';
import type { ReportInput } from '../report-input.js';
import { COLOURS, NAMED_GRID, type Plot, named, rounded, LEGEND } from './plot.js';

export function baselinePlot({ baseline, history }: ReportInput): Plot | undefined {
  const best = history.best;
  if (baseline?.curve === undefined || baseline.curve.length === 0 || best === undefined) return undefined;
  const line = (name: string, colour: string, data: (readonly [number, number])[], type: string): object => ({
    name,
    type: 'line',
    symbol: 'none',
    lineStyle: { color: colour, width: 2.5, type },
    itemStyle: { color: colour },
    data,
  });
  const own = best.reports.flatMap((report) => {
    const value = valueOf(history.objective, report);
    return value === undefined ? [] : [[report.epoch, rounded(value)] as const];
  });
  return {
    id: 'baseline',
    title: 'Transfer against training from scratch',
    caption: `${history.objective.metric} by epoch: the best trial beside ${baseline.description}.`,
    height: 280,
    option: {
      grid: NAMED_GRID,
      legend: LEGEND,
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'value', ...named('epoch'), min: 1, minInterval: 1 },
      yAxis: { type: 'value', scale: true },
      series: [
        line(`trial ${best.number}`, COLOURS.best, own, 'solid'),
        line(
          'from scratch',
          COLOURS.failed,
          baseline.curve.map((value, i) => [i + 1, rounded(value)] as const),
          'dashed',
        ),
      ],
    },
  };
}
