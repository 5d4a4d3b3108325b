// Parallel coordinates: a line for each trial through all its parameters to its value.
import { must } from '../../system/must.js';
import type { Domain } from '../../study/parameters.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { type Plot, roundRange, valueAxis, rounded, valueRange, valued } from './plot.js';
import { ownValue } from '../../system/own.js';

export function parallelPlot({ history, definition }: ReportInput): Plot | undefined {
  const trials = valued(searchTrials(history));
  const names = Object.keys(definition.space);
  if (trials.length < 2) return undefined;
  const maximize = history.objective.direction === 'maximize';
  const values = trials.map(({ best }) => best.value);
  const { min, max } = valueRange(values, maximize);
  const [lowest, highest] = [rounded(Math.min(...values)), rounded(Math.max(...values))];
  const axes = [
    ...names.map((name, dim) => ({ dim, name, ...axisOf(must(definition.space[name], 'a domain')) })),
    { dim: names.length, name: history.objective.metric, ...valueAxis(roundRange(lowest, highest)) },
  ];
  // Better trials are drawn later, so that they lie on top.
  const ordered = trials.toSorted((a, b) => (maximize ? a.best.value - b.best.value : b.best.value - a.best.value));
  return {
    id: 'parallel',
    title: 'Parallel coordinates',
    caption:
      'Drag along an axis to keep the trials that pass there; the table below follows. The more a line stands out, the better the trial.',
    height: 380,
    leastWidth: 110 * axes.length,
    hover: 'trial',
    option: {
      parallel: {
        left: 48,
        right: 64,
        top: 36,
        bottom: 28,
        parallelAxisDefault: { nameGap: 14, axisLabel: { hideOverlap: true } },
      },
      parallelAxis: axes,
      tooltip: {},
      visualMap: {
        show: false,
        dimension: names.length,
        min: Math.max(min, lowest),
        max: Math.min(max, highest),
        // Viridis, which is even for every kind of colour vision; the page turns it round on a dark background.
        inRange: { color: maximize ? VIRIDIS : VIRIDIS.toReversed() },
      },
      series: [
        {
          type: 'parallel',
          smooth: false,
          lineStyle: { width: trials.length > 500 ? 1 : 1.5, opacity: trials.length > 500 ? 0.25 : 0.55 },
          inactiveOpacity: 0.03,
          activeOpacity: 0.9,
          progressive: 0,
          data: ordered.map(({ parameters, best, number }) => [
            ...names.map((name) => {
              const value = ownValue(parameters, name);
              if (value === undefined) return '-'; // ECharts' word for nothing
              return definition.space[name]?.type === 'choice' ? String(value) : rounded(Number(value));
            }),
            rounded(best.value),
            number,
          ]),
        },
      ],
    },
  };
}

const VIRIDIS = ['#fde725', '#7ad151', '#22a884', '#2a788e', '#414487', '#440154'];

function axisOf(domain: Domain): object {
  if (domain.type === 'choice') {
    // Category axes take numbers as positions, so the values are given as text.
    return { type: 'category', data: domain.values.map(String) };
  }
  return { type: domain.scale === 'log' ? 'log' : 'value', min: domain.min, max: domain.max };
}
