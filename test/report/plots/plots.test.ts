// Every plot, drawn without a browser.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { plotPng, plotSvg } from '../../../src/report/plot-file.js';
import { allPlots } from '../../../src/report/plots/all-plots.js';
import { roundRange, valueRange } from '../../../src/report/plots/range.js';
import { fullInput, inputOf } from '../support/input.js';

const input = fullInput({ trials: 60, slots: 3 });
const ids = allPlots(input).map(({ id }) => id);

/** Shapes of data: those that ECharts marks, and lines, which it clips to the grid. */
function marks(svg: string): number {
  const clipped =
    svg
      .match(/<g clip-path[\s\S]*?<\/g>/g)
      ?.join('')
      .match(/<(path|polyline)/g) ?? [];
  return (svg.match(/ecmeta_ssr_type="chart"/g)?.length ?? 0) + clipped.length;
}

describe('plots', () => {
  it.each(ids)('%s has marks, and is a picture', async (id) => {
    const svg = plotSvg(input, id);
    expect(marks(svg)).toBeGreaterThan(1);
    const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
    expect(info.width).toBe(id === 'confusion' ? 720 : 1000); // two classes need no more
    expect(new Set(data).size).toBeGreaterThan(8);
  });

  it('are plain data, so that they can be embedded', () => {
    const plots = allPlots(input).map(({ option }) => option);
    expect(JSON.parse(JSON.stringify(plots))).toEqual(plots);
  });

  it('give the same picture each time', () => expect(plotSvg(input, 'curves')).toBe(plotSvg(input, 'curves')));

  it('come as PNG in twice the pixels', async () => {
    const { format, width } = await sharp(await plotPng(input, 'history')).metadata();
    expect([format, width]).toEqual(['png', 2000]);
  });

  it('say which there are when asked for another', () => {
    expect(() => plotSvg(input, 'histroy')).toThrow(
      /expected a plot of this study \(history, importance, .*got 'histroy'/,
    );
  });

  it('are none for a study without values', () => expect(allPlots(inputOf({ trials: 0 }))).toEqual([]));

  it('draw a share of thousands of curves, and say so', () => {
    const curves = allPlots(inputOf({ trials: 3000, detail: false })).find(({ id }) => id === 'curves');
    expect(curves?.caption).toMatch(/Of 3000 curves \d{3} are drawn/);
    expect(JSON.stringify(curves?.option).length).toBeLessThan(100_000);
  });
});

describe('a baseline', () => {
  const optionOf = (id: string): { series: { name?: string; data: (number | number[])[] }[] } =>
    allPlots(input).find((plot) => plot.id === id)?.option as never;
  const numbers = (id: string): unknown[] =>
    optionOf(id).series.flatMap(({ data }) => data.map((one) => (Array.isArray(one) ? one.at(-1) : undefined)));

  it('is in no plot of the search', () => {
    expect(input.history.trials.at(-1)).toMatchObject({ number: 60, source: 'baseline' });
    for (const id of ['history', 'slice-dropout', 'parallel']) expect(numbers(id)).not.toContain(60);
    const curves = optionOf('curves').series.flatMap(({ data }) =>
      data.map((one) => (one as { value?: number }).value),
    );
    expect(curves).not.toContain(60);
  });

  it('has its time in the timeline, and a plot of its own', () => {
    const [bar] = optionOf('timeline').series.find(({ name }) => name === 'repeats and baseline')?.data ?? [];
    expect(bar).toMatchObject({ value: 60 });
    expect(optionOf('baseline').series.map(({ name }) => name)).toEqual([
      `pre-trained: trial ${input.history.best?.number}`,
      'from scratch: trial 60',
    ]);
  });
});

describe('axes with a log scale', () => {
  it('name powers of ten by their exponent, and round', () => {
    const svg = plotSvg(input, 'slice-l2');
    for (const label of ['1e-7', '1e-6', '1e-5', '1e-4', '0.001', '0.01']) expect(svg).toContain(`>${label}<`);
  });
});

describe('slots', () => {
  it('are counted from 1, with the share of the time that they were busy', () => {
    const { yAxis } = allPlots(input).find(({ id }) => id === 'timeline')?.option as { yAxis: { data: string[] } };
    expect(yAxis.data).toHaveLength(3);
    for (const name of yAxis.data) expect(name).toMatch(/^slot [123] · \d{2,3} %$/);
  });
});

describe('ranges', () => {
  it('end at numbers that read well, around all values', () => {
    expect(roundRange(0.7313, 0.9604)).toEqual({ min: 0.72, max: 0.98 });
  });
  it('are not empty for a single value', () => {
    const { min, max } = roundRange(0.5, 0.5);
    expect(min).toBeLessThan(0.5);
    expect(max).toBeGreaterThan(0.5);
    expect(roundRange(0, 0).max).toBeGreaterThan(0);
  });
  it('leave collapsed trials to the zoom, on the side that is worse', () => {
    const values = [0.001, ...Array.from({ length: 30 }, (_, i) => 0.9 + i / 1000)];
    expect(valueRange(values, true).min).toBeGreaterThan(0.85);
    expect(valueRange(values, false).min).toBeLessThan(0.01);
  });
});
