// The trials as the page prints them.
import { describe, expect, it } from 'vitest';
import { trialData } from '../../../src/report/page/trial-data.js';
import { historyPlot } from '../../../src/report/plots/history-plot.js';
import { exportCsv } from '../../../src/report/formats/csv.js';
import { formatMetric } from '../../../src/system/format.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { inputOf } from '../support/input.js';

describe('trialData', () => {
  it('prints a value once rounded, as every other place does', () => {
    // Rounded to six digits first it would read 0.7820.
    const value = 0.78194996;
    const input = inputOf({ trials: 0, total: 1 }, oneTrial(0, value));
    const { rows, texts } = trialData(input, 0);
    expect(rows[0]?.[2]).toBe(value);
    expect(texts[0]?.[2]).toBe(formatMetric(value));
    expect(texts[0]?.[2]).toBe('0.7819');
  });

  it('leaves seconds that are unknown open, in CSV too', () => {
    const input = inputOf({ trials: 0, total: 1 }, oneTrial(0, 0.5).slice(0, -1));
    expect(trialData(input, undefined).texts[0]?.[5]).toBe('·');
    const [header = '', row = ''] = exportCsv(input.definition, input.history).split('\r\n');
    expect(row.split(',')[header.split(',').indexOf('seconds')]).toBe('');
  });
});

describe('a trial far from the others', () => {
  it('stands at the edge of the plot, and is not dropped', () => {
    const events = Array.from({ length: 24 }, (_, i) => oneTrial(i, i === 3 ? 0.01 : 0.8 + i / 1000)).flat();
    const plot = historyPlot(inputOf({ trials: 0, total: 24 }, events));
    const series = plot?.option.series as { data: (number[] | { value: number[]; symbol: string })[] }[];
    const axis = plot?.option.yAxis as { min: number };
    const points = series[0]?.data ?? [];
    expect(points).toHaveLength(24);
    expect(points[3]).toMatchObject({ value: [3, axis.min, 3], symbol: 'arrow', symbolRotate: 180 });
    expect(plot?.caption).toContain('1 trial beyond the axis');
  });
});

function oneTrial(trial: number, value: number): TrialEvent[] {
  const parameters = { learningRate: 1e-3 + trial * 1e-6, batchSize: 16 };
  return [
    { type: 'asked', trial, parameters, source: 'sampler', at: 0 },
    { type: 'started', trial, slot: 0, at: 0 },
    { type: 'reported', trial, report: { epoch: 1, metrics: { macroF1: value } }, at: 0 },
    { type: 'told', trial, outcome: { status: 'completed' }, at: 0 },
  ];
}
