// What each slot did when, and how much of the time it was busy.
import { type Trial, isOfSearch } from '../../study/trial.js';
import type { ReportInput } from '../report-input.js';
import { formatPercent } from '../../system/format.js';
import { COLOURS } from './palette.js';
import { GRID, type Plot, legendOf, named } from './plot.js';

type Timed = Trial & { readonly slot: number; readonly startedAt: number; readonly endedAt: number };

export function timelinePlot({ history }: ReportInput): Plot | undefined {
  const trials = history.trials.filter(
    (trial): trial is Timed => trial.slot !== undefined && trial.startedAt !== undefined && trial.endedAt !== undefined,
  );
  if (trials.length === 0) return undefined;
  const slots = Math.max(...trials.map(({ slot }) => slot)) + 1;
  const began = Math.min(...trials.map(({ startedAt }) => startedAt));
  const ended = Math.max(...trials.map(({ endedAt }) => endedAt));
  const bars = (name: string, colour: string, own: readonly Timed[]): object[] => {
    if (own.length === 0) return [];
    const data = own.map(({ slot, startedAt, endedAt, number }) => ({
      coords: [
        [startedAt, slot],
        [endedAt, slot],
      ],
      value: number,
    }));
    return [
      {
        name,
        type: 'lines',
        coordinateSystem: 'cartesian2d',
        progressive: 0,
        lineStyle: { color: colour, width: Math.max(6, Math.min(20, 220 / slots)), opacity: 0.9, cap: 'butt' },
        itemStyle: { color: colour },
        emphasis: { lineStyle: { opacity: 1 } },
        data,
      },
    ];
  };
  const rest = history.folds > 1 ? 'further folds, repeats and baseline' : 'repeats and baseline';
  const kinds = ['completed', 'pruned', 'failed'] as const;
  const others = trials.filter((trial) => !isOfSearch(trial));
  const searched = (state: Trial['state']): Timed[] =>
    trials.filter((trial) => trial.state === state && isOfSearch(trial));
  return {
    id: 'timeline',
    title: 'Timeline of slots',
    caption:
      'Which slot trained which trial, and when. The percentage is the share of the time that the slot had a trial. Gaps are waiting or interruptions.',
    height: 110 + Math.max(24, Math.min(34, 300 / slots)) * slots,
    hover: 'trial',
    option: {
      grid: GRID,
      legend: legendOf([
        ...kinds.filter((kind) => searched(kind).length > 0).map((name) => ({ name, mark: 'band' }) as const),
        ...(others.length === 0 ? [] : [{ name: rest, mark: 'band' } as const]),
      ]),
      tooltip: {},
      xAxis: {
        type: 'time',
        ...named('time'),
        axisLabel: { hideOverlap: true },
        min: began,
        max: Math.max(ended, began + 1),
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: Array.from({ length: slots }, (_, slot) => {
          const own = trials.filter((trial) => trial.slot === slot);
          return `slot ${slot + 1} · ${formatPercent(busyShare(own, began, ended))}`;
        }),
        axisTick: { show: false },
      },
      series: [
        ...kinds.flatMap((kind) => bars(kind, COLOURS[kind], searched(kind))),
        ...bars(rest, COLOURS.model, others),
      ],
    },
  };
}

/** The share of the time in which any of the trials ran; a trial that was paused may overlap with the next. */
function busyShare(trials: readonly Timed[], began: number, ended: number): number {
  if (ended <= began) return 1;
  let busy = 0;
  let until = began;
  for (const { startedAt, endedAt } of trials.toSorted((a, b) => a.startedAt - b.startedAt)) {
    busy += Math.max(0, endedAt - Math.max(startedAt, until));
    until = Math.max(until, endedAt);
  }
  return busy / (ended - began);
}
