// Optimisation history: every trial's value in order, and the best so far.
import { isBetter } from '../../study/objective.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import {
  COLOURS,
  NAMED_GRID,
  type Plot,
  TOOLBOX,
  named,
  rounded,
  trialPoint,
  edgeNote,
  valueRange,
  valued,
  LEGEND,
  valueAxis,
} from './plot.js';

export function historyPlot({ history }: ReportInput): Plot | undefined {
  const trials = valued(searchTrials(history));
  if (trials.length === 0) return undefined;
  const { objective } = history;
  const values = trials.map((trial) => trial.best.value);
  const range = valueRange(values, objective.direction === 'maximize');
  const points = (state: 'completed' | 'pruned') =>
    trials
      .filter((trial) => trial.state === state)
      .map(({ number, best }) => trialPoint(number, best.value, number, range));
  const best: [number, number][] = [];
  for (const { number, best: own } of trials) {
    const before = best.at(-1);
    if (before === undefined || isBetter(objective, own.value, before[1])) best.push([number, own.value]);
  }
  const last = searchTrials(history).at(-1)?.number ?? 0;
  best.push([last, best.at(-1)?.[1] ?? 0]);
  return {
    id: 'history',
    title: 'Optimisation history',
    caption: `${objective.metric} of each trial’s best epoch, in the order of trials; the line is the best so far.${edgeNote(values, range)}`,
    height: 360,
    hover: 'trial',
    option: {
      grid: NAMED_GRID,
      toolbox: TOOLBOX,
      legend: LEGEND,
      tooltip: {},
      xAxis: { type: 'value', ...named('trial'), min: 0, max: Math.max(1, last), minInterval: 1 },
      yAxis: valueAxis(range),
      series: [
        {
          name: 'completed',
          type: 'scatter',
          symbol: 'circle',
          symbolSize: sizeFor(trials.length),
          itemStyle: { color: COLOURS.completed, opacity: 0.75 },
          data: points('completed'),
        },
        {
          name: 'pruned',
          type: 'scatter',
          symbol: 'triangle',
          symbolRotate: 180,
          symbolSize: sizeFor(trials.length),
          itemStyle: { color: COLOURS.pruned, opacity: 0.6 },
          data: points('pruned'),
        },
        {
          name: 'best so far',
          type: 'line',
          step: 'end',
          symbol: 'none',
          silent: true,
          lineStyle: { color: COLOURS.best, width: 2.5 },
          itemStyle: { color: COLOURS.best },
          z: 3,
          data: best.map(([x, y]) => [x, rounded(y)]),
        },
      ],
    },
  };
}

export function sizeFor(count: number): number {
  return count > 2000 ? 4 : count > 300 ? 6 : 8;
}
