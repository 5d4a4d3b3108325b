// Parallel coordinates: a line for each trial through all its parameters to its value.
import { must } from '../../system/must.js';
import type { Domain } from '../../study/parameters.js';
import type { Trial } from '../../study/trial.js';
import type { ReportInput } from '../report-input.js';
import { searchTrials } from '../search-trials.js';
import { COLOURS, RAMP } from './palette.js';
import type { Plot } from './plot.js';
import { isBeyond, rounded, valueAxis, within } from './range.js';
import { rangeOfTrials, standingOf } from './trial-points.js';
import { counted, formatMetric } from '../../system/format.js';
import { ownValue } from '../../system/own.js';

export function parallelPlot({ history, definition }: ReportInput): Plot | undefined {
  const trials = searchTrials(history).filter((trial) => standingOf(trial) !== undefined);
  const names = Object.keys(definition.space);
  const maximize = history.objective.direction === 'maximize';
  /** That of a failed trial does not count. */
  const valueOf = (trial: Trial): number | undefined =>
    standingOf(trial) === 'failed' ? undefined : trial.best?.value;
  const values = trials.flatMap((trial) => valueOf(trial) ?? []);
  if (values.length < 2) return undefined;
  const range = rangeOfTrials(trials, maximize);
  const beyond = values.filter((value) => isBeyond(value, range)).length;
  const without = trials.length - values.length;
  const seen = values.map((value) => within(value, range));
  const [lowest, highest] = [Math.min(...seen), Math.max(...seen)];
  const axes = [
    ...names.map((name, dim) => ({ dim, name, ...axisOf(must(definition.space[name], 'a domain')) })),
    { dim: names.length, name: history.objective.metric, ...valueAxis(range) },
  ];
  /** Better trials are drawn later, so that they lie on top. */
  const rank = (trial: Trial): number => {
    const value = valueOf(trial);
    return value === undefined ? -Infinity : maximize ? value : -value;
  };
  const ordered = trials.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
  return {
    id: 'parallel',
    title: 'Parallel coordinates',
    caption: [
      'Drag along an axis to keep the trials that pass there; the table below follows. The more a line stands out, the better the trial.',
      ...(beyond === 0 ? [] : [`${counted(beyond, 'trial')} beyond the last axis end at its edge.`]),
      ...(without === 0 ? [] : [`${counted(without, 'trial')} without a value that counts end before it.`]),
    ].join(' '),
    height: 420,
    leastWidth: 110 * axes.length,
    hover: 'trial',
    option: {
      parallel: {
        left: 48,
        right: 64,
        top: 36,
        bottom: 64,
        parallelAxisDefault: { nameGap: 14, axisLabel: { hideOverlap: true } },
      },
      parallelAxis: axes,
      tooltip: {},
      visualMap: {
        type: 'continuous',
        dimension: names.length,
        min: lowest,
        max: highest > lowest ? highest : lowest + 1e-9,
        orient: 'horizontal',
        left: 'center',
        bottom: 0,
        itemWidth: 12,
        itemHeight: 160,
        text: [formatMetric(highest), `${history.objective.metric}  ${formatMetric(lowest)}`],
        calculable: false,
        inRange: { color: maximize ? [...RAMP] : RAMP.toReversed() },
        outOfRange: { color: [COLOURS.unfinished] },
      },
      series: [
        {
          type: 'parallel',
          smooth: false,
          lineStyle: { width: trials.length > 500 ? 1 : 1.5, opacity: opacityFor(trials.length) },
          inactiveOpacity: 0.03,
          activeOpacity: 0.9,
          progressive: 0,
          data: ordered.map((trial) => {
            const value = valueOf(trial);
            return [
              ...names.map((name) => {
                const own = ownValue(trial.parameters, name);
                if (own === undefined) return NOTHING;
                return definition.space[name]?.type === 'choice' ? String(own) : rounded(Number(own));
              }),
              value === undefined ? NOTHING : within(value, range),
              trial.number,
            ];
          }),
        },
      ],
    },
  };
}

/** ECharts' word for it. */
const NOTHING = '-';

function opacityFor(lines: number): number {
  return lines > 500 ? 0.25 : lines > 100 ? 0.6 : 0.85;
}

function axisOf(domain: Domain): object {
  if (domain.type === 'choice') {
    // Category axes take numbers as positions, so the values are given as text.
    return { type: 'category', data: domain.values.map(String) };
  }
  return { type: domain.scale === 'log' ? 'log' : 'value', min: domain.min, max: domain.max };
}
