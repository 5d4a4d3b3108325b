// The best so far of several studies, by trial and by time.
import { must } from '../../system/must.js';
import { isBetter } from '../../study/objective.js';
import { isFinished } from '../../study/trial.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { COLOURS } from './palette.js';
import { GRID, type Plot, legendOf, named, valued } from './plot.js';
import { isBeyond, valueAxis, valueRange, within } from './range.js';

/** With dashes beyond them. */
const PALETTE = [COLOURS.completed, COLOURS.pruned, COLOURS.model, COLOURS.best, COLOURS.failed, COLOURS.unfinished];
const DASHES = [
  { type: 'solid', mark: 'line' },
  { type: 'dashed', mark: 'dashed' },
  { type: 'dotted', mark: 'dotted' },
] as const;

export function comparisonPlots(inputs: readonly ReportInput[]): Plot[] {
  const withValues = inputs.filter(({ history }) => valued(searchTrials(history)).length > 0);
  if (withValues.length === 0) return [];
  const { metric } = must(withValues[0], 'a study').history.objective;
  return [
    plot(withValues, {
      id: 'by-trial',
      title: 'Best by trial',
      caption: `The best ${metric} so far, by number of trials.`,
      axis: 'trials',
      place: (_, i) => i + 1,
    }),
    plot(withValues, {
      id: 'by-time',
      title: 'Best by time',
      caption: `The best ${metric} so far, by minutes since the study began.`,
      axis: 'minutes',
      place: (at) => at,
    }),
  ];
}

interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly axis: string;
  /** Where on the axis a trial's point is. */
  readonly place: (minutes: number, index: number) => number;
}

function plot(inputs: readonly ReportInput[], { id, title, caption, axis, place }: Comparison): Plot {
  const curves = inputs.map((input) => curveOf(input, place));
  const { metric, direction } = must(inputs[0], 'a study').history.objective;
  const values = curves.flat().map(([, value]) => value);
  const range = valueRange(values, direction === 'maximize');
  const dashOf = (i: number) => must(DASHES[Math.floor(i / PALETTE.length) % DASHES.length], 'a dash');
  const edge = values.some((value) => isBeyond(value, range)) ? ' Lines beyond the axis run along its edge.' : '';
  return {
    id,
    title,
    caption: `${caption}${edge}`,
    height: 360,
    option: {
      grid: GRID,
      legend: legendOf(
        inputs.map(({ name }, i) => ({ name, mark: dashOf(i).mark })),
        8,
      ),
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'value', ...named(axis), min: 0 },
      yAxis: { ...valueAxis(range), ...named(metric) },
      series: inputs.map(({ name }, i) => ({
        name,
        type: 'line' as const,
        step: 'end' as const,
        symbol: 'none',
        lineStyle: { width: 2.5, type: dashOf(i).type },
        color: must(PALETTE[i % PALETTE.length], 'a colour'),
        data: must(curves[i], 'a curve').map(([x, value]) => [x, within(value, range)]),
      })),
    },
  };
}

/** In the order in which trials ended; those without a value count too. */
function curveOf({ history }: ReportInput, place: (minutes: number, index: number) => number): [number, number][] {
  const trials = searchTrials(history)
    .filter(isFinished)
    .toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
  const withValue = new Set(valued(trials).map(({ number }) => number));
  const began = history.trials[0]?.askedAt ?? 0;
  const points: [number, number][] = [];
  trials.forEach(({ number, best, endedAt }, i) => {
    const before = points.at(-1)?.[1];
    const own = withValue.has(number) ? best?.value : undefined;
    const isNew = own !== undefined && (before === undefined || isBetter(history.objective, own, before));
    const value = isNew ? own : before;
    const isLast = i === trials.length - 1;
    if (value === undefined || (value === before && !isLast)) return;
    points.push([Math.round(100 * place(((endedAt ?? began) - began) / 60_000, i)) / 100, value]);
  });
  return points;
}
