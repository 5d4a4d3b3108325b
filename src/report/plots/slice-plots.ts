// Slices: the value over one parameter at a time, with what the fitted model expects where it is known.
import { valueAt, valueCount } from '../../study/space/unit.js';
import type { Domain, Scalar } from '../../study/parameters.js';
import type { PartialDependence, ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import type { Trial } from '../../study/trial.js';
import { COLOURS } from './palette.js';
import { GRID, type Plot, named } from './plot.js';
import { type ValueRange, rounded, valueAxis, within } from './range.js';
import { rangeOfTrials, trialPoints } from './trial-points.js';
import { ownValue } from '../../system/own.js';

export function slicePlots(input: ReportInput): Plot[] {
  const { history, definition, importance } = input;
  const { metric, direction } = history.objective;
  const maximize = direction === 'maximize';
  const trials = searchTrials(history);
  if (!trials.some(({ best }) => best !== undefined)) return [];
  const range = rangeOfTrials(trials, maximize);
  const shareOf = (name: string): number => importance?.find((one) => one.name === name)?.share ?? 0;
  return Object.entries(definition.space)
    .sort(([a], [b]) => shareOf(b) - shareOf(a))
    .map(([name, domain]): Plot => {
      const dependence = input.partialDependence?.find((one) => one.name === name);
      const valueOf = ({ parameters }: Trial): Scalar | undefined => ownValue(parameters, name);
      const axis = axisOf(
        domain,
        trials.flatMap((trial) => valueOf(trial) ?? []),
      );
      const { series } = trialPoints(trials, range, maximize, (trial) => {
        const value = valueOf(trial);
        return value === undefined ? undefined : axis.place(value);
      });
      return {
        id: `slice-${name}`,
        title: name,
        caption: '',
        height: 260,
        hover: 'trial',
        small: true,
        option: {
          grid: { ...GRID, top: 16 },
          tooltip: {},
          xAxis: { ...axis.option, ...named(name) },
          yAxis: { ...valueAxis(range), ...named(metric), splitNumber: 4 },
          series: [...series, ...dependenceSeries(dependence, axis.place, range)],
        },
      };
    });
}

interface Axis {
  readonly option: { readonly type: 'log' | 'value' | 'category'; readonly [key: string]: unknown };
  readonly place: (value: Scalar) => number | string;
}

/** @param seen the values of trials: each has a place, also one that the domain no longer has. */
function axisOf(domain: Domain, seen: readonly Scalar[]): Axis {
  const steps = stepsOf(domain, seen);
  if (steps !== undefined) {
    // Points of one step are spread, so that they do not hide each other.
    const axisLabel = steps.length <= 6 ? { interval: 0, fontSize: 11 } : { hideOverlap: true };
    return { option: { type: 'category', data: steps, jitter: 18, jitterOverlap: true, axisLabel }, place: String };
  }
  if (domain.type === 'choice') return { option: { type: 'category' }, place: String };
  const type = domain.scale === 'log' ? 'log' : 'value';
  const numbers = seen.map(Number);
  const [min, max] = [Math.min(domain.min, ...numbers), Math.max(domain.max, ...numbers)];
  return {
    option: { axisLabel: { hideOverlap: true }, type, min, max },
    place: (value) => rounded(Number(value)),
  };
}

const MOST_STEPS = 16;

/** The values of a domain that has few of them. */
function stepsOf(domain: Domain, seen: readonly Scalar[]): string[] | undefined {
  if (domain.type === 'choice') return [...new Set([...domain.values, ...seen].map(String))];
  const count = valueCount(domain);
  if (count > MOST_STEPS) return undefined;
  const steps = new Set(Array.from({ length: count }, (_, i) => String(valueAt(domain, i))));
  return seen.every((value) => steps.has(String(value))) ? [...steps] : undefined;
}

/** A line with a band: the band is a stack of an invisible lower edge and what lies between the edges. */
function dependenceSeries(
  dependence: PartialDependence | undefined,
  place: Axis['place'],
  range: ValueRange,
): object[] {
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
    points.map(({ value, mean: y }) => [place(value), within(y, range)]),
    { name: 'model', lineStyle: { color: COLOURS.model, width: 2.5 }, itemStyle: { color: COLOURS.model }, z: 4 },
  );
  if (!points.every(({ low, high }) => low !== undefined && high !== undefined)) return [mean];
  const hidden = { lineStyle: { opacity: 0 }, stack: 'band', stackStrategy: 'all' };
  return [
    line(
      points.map(({ value, low = 0 }) => [place(value), within(low, range)]),
      hidden,
    ),
    line(
      points.map(({ value, low = 0, high = 0 }) => [place(value), rounded(within(high, range) - within(low, range))]),
      { ...hidden, areaStyle: { color: COLOURS.model, opacity: 0.18 } },
    ),
    mean,
  ];
}
