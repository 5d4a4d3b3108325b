// Learning curves of all trials, where they were pruned, and the best one on top.
import { must } from '../../system/must.js';
import { winnerOf } from '../../controller/confirmation.js';
import { type Objective, valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { COLOURS, POINT_OPACITY } from './palette.js';
import { CROSS, GRID, type LegendEntry, type Plot, TOOLBOX, legendOf, named } from './plot.js';
import { type ValueRange, edgeMark, isBeyond, valueAxis, valueRange, within } from './range.js';
import { counted } from '../../system/format.js';
import { type Standing, ringOf, standingOf } from './trial-points.js';

/** More curves of a kind than this hide each other. */
const MOST_CURVES = 250;

interface Curve {
  readonly trial: Trial;
  readonly standing: Standing;
  /** Epoch and value. */
  readonly coords: readonly (readonly [number, number])[];
}

/** In the order in which they are drawn. What ends a curve is marked, but for the usual end. */
const STANDINGS = [
  { standing: 'pruned', colour: COLOURS.pruned, mark: 'pruning', end: { symbol: 'triangle', symbolRotate: 180 } },
  { standing: 'failed', colour: COLOURS.failed, mark: 'line', end: { symbol: CROSS } },
  { standing: 'not finished', colour: COLOURS.unfinished, mark: 'line', end: { symbol: 'circle' } },
  { standing: 'completed', colour: COLOURS.completed, mark: 'line', end: undefined },
] as const;

export function curvePlot({ history }: ReportInput): Plot | undefined {
  const { objective } = history;
  const best = winnerOf(history)?.trial;
  const curves = searchTrials(history).flatMap((trial) => curveOf(trial, objective));
  if (curves.length === 0) return undefined;
  const drawn = thinned(curves.filter(({ trial }) => trial !== best));
  const epochs = Math.max(...curves.map(({ coords }) => coords.at(-1)?.[0] ?? 1));
  const all = curves.flatMap(({ coords }) => coords.map(([, value]) => value));
  const range = valueRange(all, objective.direction === 'maximize');
  const faint = Math.max(0.15, Math.min(0.7, 30 / drawn.length));
  const own = curves.find(({ trial }) => trial === best);
  const outliers = drawn.filter((curve) => isOutlier(curve, range)).length;
  const present = STANDINGS.filter(({ standing }) => drawn.some((curve) => curve.standing === standing));
  const bestName = `best: trial ${best?.number}`;
  const series: object[] = [
    ...present.map(({ standing, colour }) => ({
      name: standing,
      type: 'lines',
      coordinateSystem: 'cartesian2d',
      polyline: true,
      progressive: 0,
      lineStyle: {
        color: colour,
        width: 1.2,
        opacity: standing === 'completed' ? Math.min(0.8, faint * 2) : faint,
      },
      itemStyle: { color: colour },
      emphasis: { lineStyle: { width: 3, opacity: 1 } },
      data: drawn
        .filter((curve) => curve.standing === standing && curve.coords.length > 1)
        .map(({ trial, coords }) => ({ coords: drawnCoords(coords, range), value: trial.number })),
    })),
    ...present.map(({ standing, colour, end }) => ({
      name: standing, // one entry of the legend with the lines
      type: 'scatter',
      progressive: 0,
      ...(end ?? { symbol: 'circle' }),
      symbolSize: 7,
      itemStyle: standing === 'not finished' ? ringOf(colour) : { color: colour, opacity: POINT_OPACITY },
      data: drawn
        .filter((curve) => curve.standing === standing)
        .filter((curve) => end !== undefined || curve.coords.length === 1 || isOutlier(curve, range))
        .map((curve) => endOf(curve, range)),
    })),
    ...(own === undefined
      ? []
      : [
          {
            name: bestName,
            type: 'line' as const,
            symbol: own.coords.length === 1 ? 'circle' : 'none',
            silent: true,
            z: 5,
            lineStyle: { color: COLOURS.best, width: 3 },
            itemStyle: { color: COLOURS.best },
            data: drawnCoords(own.coords, range),
          },
        ]),
  ];
  return {
    id: 'curves',
    title: 'Learning curves',
    caption: [
      `${objective.metric} by epoch; a triangle is where a trial was pruned.`,
      ...(all.some((value) => isBeyond(value, range)) ? ['Curves beyond the axis run along its edge.'] : []),
      ...(outliers === 0 ? [] : [`Arrows at the edge: ${counted(outliers, 'trial')} that never left it.`]),
      ...omission(drawn.length + (own === undefined ? 0 : 1), curves.length),
    ].join(' '),
    height: 400,
    hover: 'trial',
    option: {
      grid: GRID,
      toolbox: TOOLBOX,
      legend: legendOf([
        ...present.map(({ standing, mark }): LegendEntry => ({ name: standing, mark })),
        ...(own === undefined ? [] : [{ name: bestName, mark: 'line' } as const]),
      ]),
      tooltip: {},
      xAxis: { type: 'value', ...named('epoch'), min: 1, max: Math.max(2, epochs), minInterval: 1 },
      yAxis: { ...valueAxis(range), ...named(objective.metric) },
      series,
    },
  };
}

function curveOf(trial: Trial, objective: Objective): Curve[] {
  const standing = standingOf(trial);
  const coords = trial.reports.flatMap((report) => {
    const value = valueOf(objective, report);
    return value === undefined ? [] : [[report.epoch, value] as const];
  });
  return standing === undefined || coords.length === 0 ? [] : [{ trial, standing, coords }];
}

function drawnCoords(coords: Curve['coords'], range: ValueRange): [number, number][] {
  return coords.map(([epoch, value]) => [epoch, within(value, range)]);
}

/** Beyond the axis at its best, too. */
function isOutlier({ trial: { best } }: Curve, range: ValueRange): boolean {
  return best !== undefined && isBeyond(best.value, range);
}

function endOf(curve: Curve, range: ValueRange): object {
  const [epoch, value] = must(curve.coords.at(-1), 'a point');
  const place = [epoch, within(value, range), curve.trial.number];
  return isOutlier(curve, range) ? { value: place, ...edgeMark(value, range) } : place;
}

/** Of each kind evenly chosen ones, so that what is drawn looks like all of them. */
function thinned(curves: readonly Curve[]): Curve[] {
  return STANDINGS.flatMap(({ standing }) => {
    const own = curves.filter((curve) => curve.standing === standing);
    const step = Math.max(1, own.length / MOST_CURVES);
    return Array.from({ length: Math.min(own.length, MOST_CURVES) }, (_, i) =>
      must(own[Math.floor(i * step)], 'a curve'),
    );
  });
}

function omission(drawn: number, all: number): string[] {
  return drawn < all
    ? [`Of ${all} curves ${drawn} are drawn, chosen evenly; a trial that is opened shows its own.`]
    : [];
}
