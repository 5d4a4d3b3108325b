// Slices: the value over one parameter at a time, with what the fitted model expects where it is known.
import { valueAt, valueCount } from '../../study/space/unit.js';
import type { Domain, Scalar } from '../../study/parameters.js';
import type { PartialDependence, ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { sizeFor } from './history-plot.js';
import {
  COLOURS,
  GRID,
  type Plot,
  type TrialPoint,
  rounded,
  trialPoint,
  valueRange,
  valued,
  valueAxis,
} from './plot.js';
import { ownValue } from '../../system/own.js';

export function slicePlots(input: ReportInput): Plot[] {
  const { history, definition, importance } = input;
  const trials = valued(searchTrials(history));
  if (trials.length === 0) return [];
  const range = valueRange(
    trials.map(({ best }) => best.value),
    history.objective.direction === 'maximize',
  );
  const shareOf = (name: string): number => importance?.find((one) => one.name === name)?.share ?? 0;
  return Object.entries(definition.space)
    .sort(([a], [b]) => shareOf(b) - shareOf(a))
    .map(([name, domain]): Plot => {
      const dependence = input.partialDependence?.find((one) => one.name === name);
      const axis = axisOf(domain);
      const points = (state: 'completed' | 'pruned'): TrialPoint[] =>
        trials.flatMap(({ number, state: own, parameters, best }) => {
          const value = ownValue(parameters, name);
          return own !== state || value === undefined ? [] : [trialPoint(axis.place(value), best.value, number, range)];
        });
      return {
        id: `slice-${name}`,
        title: name,
        caption: '',
        height: 240,
        hover: 'trial',
        small: true,
        option: {
          grid: { ...GRID, top: 16 },
          tooltip: {},
          xAxis: axis.option,
          yAxis: { ...valueAxis(range), splitNumber: 4 },
          series: [
            {
              type: 'scatter',
              name: 'completed',
              symbol: 'circle',
              symbolSize: sizeFor(trials.length),
              itemStyle: { color: COLOURS.completed, opacity: 0.7 },
              data: points('completed'),
            },
            {
              type: 'scatter',
              name: 'pruned',
              symbol: 'triangle',
              symbolRotate: 180,
              symbolSize: sizeFor(trials.length),
              itemStyle: { color: COLOURS.pruned, opacity: 0.5 },
              data: points('pruned'),
            },
            ...dependenceSeries(dependence, axis.place),
          ],
        },
      };
    });
}

interface Axis {
  readonly option: { readonly type: 'log' | 'value' | 'category'; readonly [key: string]: unknown };
  readonly place: (value: Scalar) => number | string;
}

function axisOf(domain: Domain): Axis {
  const steps = stepsOf(domain);
  if (steps !== undefined) {
    // Points of one step are spread, so that they do not hide each other.
    const axisLabel = steps.length <= 6 ? { interval: 0, fontSize: 11 } : { hideOverlap: true };
    return { option: { type: 'category', data: steps, jitter: 18, jitterOverlap: true, axisLabel }, place: String };
  }
  if (domain.type === 'choice') return { option: { type: 'category' }, place: String };
  const type = domain.scale === 'log' ? 'log' : 'value';
  return {
    option: { axisLabel: { hideOverlap: true }, type, min: domain.min, max: domain.max },
    place: (value) => rounded(Number(value)),
  };
}

const MOST_STEPS = 16;

/** The values of a domain that has few of them. */
function stepsOf(domain: Domain): string[] | undefined {
  if (domain.type === 'choice') return domain.values.map(String);
  const count = valueCount(domain);
  return count > MOST_STEPS ? undefined : Array.from({ length: count }, (_, i) => String(valueAt(domain, i)));
}

/** A line with a band: the band is a stack of an invisible lower edge and what lies between the edges. */
function dependenceSeries(dependence: PartialDependence | undefined, place: Axis['place']): object[] {
  if (dependence === undefined) return [];
  const line = (data: (number | string)[][], style: object): object => ({
    type: 'line',
    symbol: 'none',
    silent: true,
    data,
    ...style,
  });
  const { points } = dependence;
  const mean = line(
    points.map(({ value, mean: y }) => [place(value), rounded(y)]),
    { name: 'model', lineStyle: { color: COLOURS.model, width: 2.5 }, itemStyle: { color: COLOURS.model }, z: 4 },
  );
  if (!points.every(({ low, high }) => low !== undefined && high !== undefined)) return [mean];
  const hidden = { lineStyle: { opacity: 0 }, stack: 'band', stackStrategy: 'all' };
  return [
    line(
      points.map(({ value, low = 0 }) => [place(value), rounded(low)]),
      hidden,
    ),
    line(
      points.map(({ value, low = 0, high = 0 }) => [place(value), rounded(high - low)]),
      { ...hidden, areaStyle: { color: COLOURS.model, opacity: 0.18 } },
    ),
    mean,
  ];
}
