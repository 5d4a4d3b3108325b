// Learning curves of all trials, where they were pruned, and the best one on top.
import { must } from '../../system/must.js';
import { winnerOf } from '../../controller/confirmation.js';
import { valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { COLOURS, NAMED_GRID, type Plot, TOOLBOX, named, rounded, valueRange, LEGEND, valueAxis } from './plot.js';

/** More curves of a kind than this hide each other. */
const MOST_CURVES = 250;

export function curvePlot({ history }: ReportInput): Plot | undefined {
  const { objective } = history;
  const best = winnerOf(history)?.trial;
  const curves = searchTrials(history)
    .filter(({ reports }) => reports.length > 0)
    .map((trial) => ({ trial, coords: coordsOf(trial) }));
  const lasting = curves.filter(({ coords }) => coords.length > 0);
  if (lasting.length === 0) return undefined;

  function coordsOf(trial: Trial): [number, number][] {
    return trial.reports.flatMap((report) => {
      const value = valueOf(objective, report);
      return value === undefined ? [] : [[report.epoch, rounded(value)] as [number, number]];
    });
  }
  const drawn = thinned(lasting.filter(({ trial }) => trial !== best));
  const lines = (state: 'completed' | 'pruned', colour: string, opacity: number): object => ({
    name: state,
    type: 'lines',
    coordinateSystem: 'cartesian2d',
    polyline: true,
    lineStyle: { color: colour, width: 1, opacity },
    itemStyle: { color: colour },
    emphasis: { lineStyle: { width: 3, opacity: 1 } },
    data: drawn
      .filter(({ trial, coords }) => trial.state === state && coords.length > 1)
      .map(({ trial, coords }) => ({ coords, value: trial.number })),
  });
  const epochs = Math.max(...lasting.map(({ coords }) => coords.at(-1)?.[0] ?? 1));
  const all = lasting.flatMap(({ coords }) => coords.map(([, value]) => value));
  const faint = Math.max(0.15, Math.min(0.5, 30 / drawn.length));
  return {
    id: 'curves',
    title: 'Learning curves',
    caption: `${objective.metric} by epoch; a triangle is where a trial was pruned.${omission(drawn.length + 1, lasting.length)}`,
    height: 380,
    hover: 'trial',
    option: {
      grid: NAMED_GRID,
      toolbox: TOOLBOX,
      legend: LEGEND,
      tooltip: {},
      xAxis: { type: 'value', ...named('epoch'), min: 1, max: Math.max(2, epochs), minInterval: 1 },
      yAxis: valueAxis(valueRange(all, objective.direction === 'maximize')),
      series: [
        lines('pruned', COLOURS.pruned, faint),
        lines('completed', COLOURS.completed, Math.min(0.6, faint * 2)),
        {
          name: 'pruned', // one entry of the legend with the lines
          type: 'scatter',
          symbol: 'triangle',
          symbolRotate: 180,
          symbolSize: 7,
          itemStyle: { color: COLOURS.pruned, opacity: 0.9 },
          data: drawn
            .filter(({ trial }) => trial.state === 'pruned')
            .map(({ trial, coords }) => [...must(coords.at(-1), 'a point'), trial.number]),
        },
        ...(best === undefined
          ? []
          : [
              {
                name: `best: trial ${best.number}`,
                type: 'line' as const,
                symbol: 'none',
                silent: true,
                z: 5,
                lineStyle: { color: COLOURS.best, width: 3 },
                itemStyle: { color: COLOURS.best },
                data: coordsOf(best),
              },
            ]),
      ],
    },
  };
}

interface Curve {
  readonly trial: Trial;
  readonly coords: readonly [number, number][];
}

/** Of each state evenly chosen ones, so that what is drawn looks like all of them. */
function thinned<One extends Curve>(curves: readonly One[]): One[] {
  return (['completed', 'pruned'] as const).flatMap((state) => {
    const own = curves.filter(({ trial }) => trial.state === state);
    const step = Math.max(1, own.length / MOST_CURVES);
    return Array.from({ length: Math.min(own.length, MOST_CURVES) }, (_, i) =>
      must(own[Math.floor(i * step)], 'a curve'),
    );
  });
}

function omission(drawn: number, all: number): string {
  return drawn < all / 2 ? ` Of ${all} curves ${drawn} are drawn, chosen evenly.` : '';
}
