// A learning-rate range test: loss by rate, with the bounds that it suggests.
import { must } from '../../system/must.js';
import { COLOURS } from './palette.js';
import { GRID, type Plot, legendOf, named } from './plot.js';
import { roundRange, rounded } from './range.js';

export interface RateSeries {
  readonly name: string;
  readonly points: readonly { readonly rate: number; readonly loss: number }[];
  readonly bounds: { readonly min: number; readonly max: number } | undefined;
}

/** A loss above so many times that at the start lies beyond the plot. */
const SHOWN = 1.5;

export function ratePlot(series: readonly RateSeries[]): Plot {
  const colours = [COLOURS.completed, COLOURS.failed, COLOURS.model, COLOURS.pruned, COLOURS.best];
  const bottom = Math.min(...series.flatMap(({ points }) => points.map(({ loss }) => loss)));
  const top = Math.max(...series.map(({ points }) => SHOWN * (points[0]?.loss ?? 1)));
  const isCut = series.some(({ points }) => points.some(({ loss }) => loss > top));
  return {
    id: 'learning-rates',
    title: 'Learning-rate range test',
    caption: `Loss of training steps at rising rates, smoothed, the median of the runs. Shaded: suggested bounds.${isCut ? ' Higher losses run along the upper edge.' : ''}`,
    height: 360,
    option: {
      grid: GRID,
      legend: legendOf(series.map(({ name }) => ({ name, mark: 'line' }))),
      xAxis: {
        type: 'log',
        ...named('learning rate'),
        axisLabel: { formatter: (rate: number) => rate.toExponential(0) },
      },
      yAxis: { type: 'value', ...roundRange(bottom, top), ...named('loss') },
      series: series.map(({ name, points, bounds }, i) => {
        const colour = must(colours[i % colours.length], 'a colour');
        return {
          name,
          type: 'line' as const,
          symbol: 'none',
          lineStyle: { color: colour, width: 2 },
          itemStyle: { color: colour },
          data: points.map(({ rate, loss }) => [rounded(rate), rounded(Math.min(loss, top))]),
          ...(bounds === undefined
            ? {}
            : {
                markArea: {
                  itemStyle: { color: colour, opacity: 0.1 },
                  data: [[{ xAxis: bounds.min }, { xAxis: bounds.max }]] as never,
                },
              }),
        };
      }),
    },
  };
}
