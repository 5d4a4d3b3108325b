// The best so far of several studies, by trial and by time.
import { must } from '../../system/must.js';
import { isBetter } from '../../study/objective.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { LEGEND, NAMED_GRID, type Plot, named, rounded, roundRange, valueAxis, valued } from './plot.js';

/** Okabe and Ito's colours that stand out on light and dark, with dashes beyond them. */
const PALETTE = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9'];
const DASHES = ['solid', 'dashed', 'dotted'] as const;

export function comparisonPlots(inputs: readonly ReportInput[]): Plot[] {
  const withValues = inputs.filter(({ history }) => valued(searchTrials(history)).length > 0);
  if (withValues.length === 0) return [];
  const { metric } = must(withValues[0], 'a study').history.objective;
  return [
    plot(
      'by-trial',
      'Best by trial',
      `The best ${metric} so far, by number of trials.`,
      'trials',
      withValues,
      (_, i) => i + 1,
    ),
    plot(
      'by-time',
      'Best by time',
      `The best ${metric} so far, by minutes since the study began.`,
      'minutes',
      withValues,
      (at) => at,
    ),
  ];
}

function plot(
  id: string,
  title: string,
  caption: string,
  axis: string,
  inputs: readonly ReportInput[],
  place: (minutes: number, index: number) => number,
): Plot {
  const curves = inputs.map((input) => curveOf(input, place));
  const values = curves.flat().map(([, value]) => value);
  return {
    id,
    title,
    caption,
    height: 360,
    option: {
      grid: NAMED_GRID,
      legend: { ...LEGEND, right: 8 },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'value', ...named(axis), min: 0 },
      yAxis: valueAxis(roundRange(Math.min(...values), Math.max(...values))),
      series: inputs.map(({ name }, i) => ({
        name,
        type: 'line' as const,
        step: 'end' as const,
        symbol: 'none',
        lineStyle: { width: 2.5, type: DASHES[Math.floor(i / PALETTE.length) % DASHES.length] ?? 'solid' },
        color: must(PALETTE[i % PALETTE.length], 'a colour'),
        data: must(curves[i], 'a curve'),
      })),
    },
  };
}

/** In the order in which trials ended. */
function curveOf({ history }: ReportInput, place: (minutes: number, index: number) => number): [number, number][] {
  const trials = valued(searchTrials(history)).toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
  const began = history.trials[0]?.askedAt ?? 0;
  const points: [number, number][] = [];
  trials.forEach(({ best, endedAt }, i) => {
    const before = points.at(-1)?.[1];
    const value = before === undefined || isBetter(history.objective, best.value, before) ? best.value : before;
    const isLast = i === trials.length - 1;
    if (value !== before || isLast)
      points.push([rounded(place(((endedAt ?? began) - began) / 60_000, i)), rounded(value)]);
  });
  return points;
}
