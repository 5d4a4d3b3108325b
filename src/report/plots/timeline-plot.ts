// What each slot did when.
import type { Trial } from '../../study/trial.js';
import type { ReportInput } from '../report-input.js';
import { COLOURS, GRID, type Plot, LEGEND } from './plot.js';

export function timelinePlot({ history }: ReportInput): Plot | undefined {
  const trials = history.trials.filter(
    ({ slot, startedAt, endedAt }) => slot !== undefined && startedAt !== undefined && endedAt !== undefined,
  );
  if (trials.length === 0) return undefined;
  const slots = Math.max(...trials.map(({ slot }) => slot ?? 0)) + 1;
  const bars = (state: Trial['state'], colour: string): object => ({
    name: state,
    type: 'lines',
    coordinateSystem: 'cartesian2d',
    progressive: 0,
    lineStyle: { color: colour, width: Math.max(6, Math.min(20, 220 / slots)), opacity: 0.8, cap: 'butt' },
    itemStyle: { color: colour },
    emphasis: { lineStyle: { opacity: 1 } },
    data: trials
      .filter((trial) => trial.state === state)
      .map(({ slot, startedAt, endedAt, number }) => ({
        coords: [
          [startedAt, slot],
          [endedAt, slot],
        ],
        value: number,
      })),
  });
  return {
    id: 'timeline',
    title: 'Timeline of slots',
    caption: 'Which slot trained which trial when; gaps are waiting or interruptions.',
    height: 90 + Math.max(24, Math.min(34, 300 / slots)) * slots,
    hover: 'trial',
    option: {
      grid: GRID,
      legend: LEGEND,
      tooltip: {},
      xAxis: {
        type: 'time',
        axisLabel: { hideOverlap: true },
        min: Math.min(...trials.map(({ startedAt }) => startedAt ?? Infinity)),
        max: Math.max(...trials.map(({ endedAt }) => endedAt ?? -Infinity)),
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: Array.from({ length: slots }, (_, slot) => `slot ${slot}`),
        axisTick: { show: false },
      },
      series: [bars('completed', COLOURS.completed), bars('pruned', COLOURS.pruned), bars('failed', COLOURS.failed)],
    },
  };
}
