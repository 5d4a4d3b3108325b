// Optimisation history: every trial's value in order, and the best so far.
import { isBetter } from '../../study/objective.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { COLOURS } from './palette.js';
import { GRID, type Plot, TOOLBOX, legendOf, named } from './plot.js';
import { valueAxis, within } from './range.js';
import { pointsNote, rangeOfTrials, standingOf, trialPoints } from './trial-points.js';

export function historyPlot({ history }: ReportInput): Plot | undefined {
  const trials = searchTrials(history);
  const { objective } = history;
  const maximize = objective.direction === 'maximize';
  const best: [number, number][] = [];
  for (const trial of trials) {
    const before = best.at(-1);
    if (trial.best === undefined || standingOf(trial) === 'failed') continue;
    if (before === undefined || isBetter(objective, trial.best.value, before[1]))
      best.push([trial.number, trial.best.value]);
  }
  if (best.length === 0) return undefined;
  const range = rangeOfTrials(trials, maximize);
  const points = trialPoints(trials, range, maximize, ({ number }) => number);
  const last = trials.at(-1)?.number ?? 0;
  best.push([last, best.at(-1)?.[1] ?? 0]);
  return {
    id: 'history',
    title: 'Optimisation history',
    caption: `${objective.metric} of each trial’s best epoch, in the order of trials; the line is the best so far.${pointsNote(trials, range)}`,
    height: 380,
    hover: 'trial',
    option: {
      grid: GRID,
      toolbox: TOOLBOX,
      legend: legendOf([...points.legend, { name: 'best so far', mark: 'line' }]),
      tooltip: {},
      xAxis: { type: 'value', ...named('trial'), min: 0, max: Math.max(1, last), minInterval: 1 },
      yAxis: { ...valueAxis(range), ...named(objective.metric) },
      series: [
        ...points.series,
        {
          name: 'best so far',
          type: 'line',
          step: 'end',
          symbol: 'none',
          silent: true,
          lineStyle: { color: COLOURS.best, width: 2.5 },
          itemStyle: { color: COLOURS.best },
          z: 3,
          data: best.map(([x, y]) => [x, within(y, range)]),
        },
      ],
    },
  };
}
