// One rule for all plots: what lies beyond an axis stands on its edge, and no trial is left out.
import { describe, expect, it } from 'vitest';
import { allPlots } from '../../../src/report/plots/all-plots.js';
import { comparisonPlots } from '../../../src/report/plots/comparison-plots.js';
import type { Plot } from '../../../src/report/plots/plot.js';
import type { TrialEvent } from '../../../src/study/events.js';
import type { Outcome } from '../../../src/study/trial.js';
import { fullInput, inputOf } from '../support/input.js';

const [OUTLIER, FAILED, RUNNING, SHORT] = [3, 7, 23, 11];
const input = inputOf({ trials: 0, total: 24 }, Array.from({ length: 24 }, (_, i) => oneTrial(i)).flat());
const plots = allPlots(input);

function oneTrial(trial: number): TrialEvent[] {
  const parameters = {
    learningRate: 1e-3 + trial * 1e-6,
    batchSize: 16,
    unfreezeDepth: 1,
    dropout: 0.1,
    l2: 1e-5,
    augmentation: 'flip',
  };
  const last = trial === OUTLIER ? 0.01 : 0.8 + trial / 1000;
  const values = trial === SHORT ? [last] : [last - 0.005, last];
  const outcome: Outcome =
    trial === FAILED ? { status: 'failed', kind: 'diverged', message: 'NaN' } : { status: 'completed' };
  return [
    { type: 'asked', trial, parameters, source: 'sampler', at: trial },
    { type: 'started', trial, slot: 0, at: trial },
    ...values.map((macroF1, i): TrialEvent => {
      return { type: 'reported', trial, report: { epoch: i + 1, metrics: { macroF1 } }, at: trial };
    }),
    ...(trial === RUNNING ? [] : [{ type: 'told', trial, outcome, at: trial + 1 } as const]),
  ];
}

interface Series {
  readonly name: string;
  readonly type: string;
  readonly data: readonly unknown[];
}
interface Option {
  readonly legend?: { readonly data?: readonly { readonly name: string }[] };
  readonly series: readonly Series[];
  readonly xAxis?: { readonly name?: string; readonly type?: string };
  readonly yAxis?: { readonly name?: string; readonly type?: string; readonly min?: number; readonly max?: number };
}
const optionOf = ({ option }: Plot): Option => option as unknown as Option;

/** The numbers of the trials that a plot shows. */
function trialsOf(plot: Plot): number[] {
  const numbers = optionOf(plot)
    .series.filter(({ type }) => type !== 'line')
    .flatMap(({ data }) => data.map(numberOf));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function numberOf(item: unknown): number {
  const value = Array.isArray(item) ? (item as unknown[]) : (item as { value: unknown }).value;
  return Number(Array.isArray(value) ? value.at(-1) : value);
}

describe('a trial far from the others, a failed one and a running one', () => {
  const all = Array.from({ length: 24 }, (_, i) => i);
  it.each(['history', 'slice-learningRate', 'slice-batchSize', 'slice-augmentation', 'parallel', 'curves'])(
    'are in the plot %s',
    (id) => {
      const plot = plots.find((one) => one.id === id);
      if (plot === undefined) throw new Error(`expected the plot ${id}`);
      // The best trial's curve is drawn as a line of its own, without numbers.
      const best = id === 'curves' ? [22] : [];
      expect([...trialsOf(plot), ...best].sort((a, b) => a - b)).toEqual(all);
    },
  );

  it('stand within the axes', () => {
    for (const plot of plots) {
      const { yAxis, series } = optionOf(plot);
      if (yAxis?.min === undefined || yAxis.max === undefined) continue;
      const values = series.flatMap(({ data }) =>
        data.flatMap((item) => {
          const { coords, value } = item as { coords?: number[][]; value?: unknown };
          if (coords !== undefined) return coords.map(([, y]) => Number(y));
          return [Number(Array.isArray(value) ? value[1] : (item as unknown[])[1])];
        }),
      );
      expect(Math.min(...values), plot.id).toBeGreaterThanOrEqual(yAxis.min);
      expect(Math.max(...values), plot.id).toBeLessThanOrEqual(yAxis.max);
    }
  });

  it('are marked, and the caption says so', () => {
    const history = plots.find(({ id }) => id === 'history');
    expect(history?.caption).toContain('Arrows at the edge: 1 trial beyond the axis.');
    expect(history?.caption).toContain('Crosses at the edge: 1 trial without a value that counts.');
    const names = history === undefined ? [] : optionOf(history).series.map(({ name }) => name);
    expect(names).toEqual(['completed', 'failed', 'not finished', 'best so far']);
    const curves = plots.find(({ id }) => id === 'curves');
    expect(curves?.caption).toContain('Arrows at the edge: 1 trial that never left it.');
    const parallel = plots.find(({ id }) => id === 'parallel');
    expect(parallel?.caption).toContain('1 trial beyond the last axis end');
    expect(parallel?.caption).toContain('1 trial without a value that counts end');
  });

  it('count among the trials of a comparison', () => {
    const [byTrial] = comparisonPlots([input]);
    const last = byTrial === undefined ? undefined : (optionOf(byTrial).series[0]?.data.at(-1) as number[]);
    expect(last?.[0]).toBe(23);
  });
});

describe('plots', () => {
  const full = allPlots(fullInput({ trials: 60, slots: 3 }));
  const compared = comparisonPlots([1, 2].map((seed) => inputOf({ trials: 20, seed, name: `seed ${seed}` })));

  it.each([...full, ...compared].map((plot) => [plot.id, optionOf(plot)] as const))(
    '%s has a legend that matches its series, and names its axes',
    (_, { legend, series, xAxis, yAxis }) => {
      if (legend !== undefined) {
        const shown = legend.data?.map(({ name }) => name) ?? [];
        expect(shown.toSorted()).toEqual([...new Set(series.map(({ name }) => name))].sort());
      }
      for (const axis of [xAxis, yAxis])
        if (axis !== undefined && axis.type !== 'category') expect(axis.name).toBeTruthy();
    },
  );

  it('that colour by a value show the scale', () => {
    for (const id of ['parallel', 'confusion']) {
      const plot = full.find((one) => one.id === id);
      const { visualMap } = plot?.option as { visualMap: { show?: boolean; text: string[] } };
      expect(visualMap.show).not.toBe(false);
      expect(visualMap.text).toHaveLength(2);
    }
  });
});
