// The report in a browser: nothing fails, nothing is fetched, every plot is drawn, also on a phone and for thousands of trials.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, findChromium } from '../../scripts/screenshots/browser.js';
import { renderComparison } from '../../src/report/render-comparison.js';
import { COLOURS } from '../../src/report/plots/palette.js';
import { renderReport } from '../../src/report/render-report.js';
import { formatMetric } from '../../src/system/format.js';
import { fullInput, inputOf } from './support/input.js';

const chromium = findChromium();
const TEN_THOUSAND = chromium === undefined ? '' : renderReport(inputOf({ trials: 10_000, detail: false }));

describe.skipIf(chromium === undefined)('in a browser (skipped where no chromium is found)', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hpo-report-'));
    browser = Browser.launch(chromium as string);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  }, 60_000);

  async function open(html: string, width: number): Promise<void> {
    const path = join(folder, 'report.html');
    writeFileSync(path, html);
    browser.errors.length = 0;
    browser.requests.length = 0;
    await browser.open(pathToFileURL(path).href, { width, height: 900 });
    await browser.drawAll();
  }

  it.each([
    ['a desk', 1200, renderReport(fullInput({ trials: 60, slots: 3 }))],
    ['a phone', 390, renderReport(fullInput({ trials: 60, slots: 3 }))],
    ['ten thousand trials', 1200, TEN_THOUSAND],
    ['no trials', 390, renderReport(inputOf({ trials: 0 }))],
    [
      'several studies',
      800,
      renderComparison(
        [1, 2].map((seed) => inputOf({ trials: 20, seed, name: `${seed}` })),
        0,
      ),
    ],
  ])('%s', { timeout: 120_000 }, async (_, width, html) => {
    await open(html, width);
    expect(browser.errors).toEqual([]);
    expect(browser.requests).toEqual([]);
    expect(await browser.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    // A plot without marks is a canvas without colours.
    const blank = await browser.evaluate<string[]>(`elements.filter((element) => {
      const { width, height } = element.querySelector('canvas');
      const pixels = element.querySelector('canvas').getContext('2d').getImageData(0, 0, width, height).data;
      return !pixels.some((value, i) => i % 4 === 3 && value > 0 && pixels[i - 3] !== pixels[i - 1]);
    }).map((element) => element.dataset.plot)`);
    expect(blank).toEqual([]);
  });

  it('prints every plot in colour, and nothing is wider than the paper', { timeout: 120_000 }, async () => {
    await open(renderReport(fullInput({ trials: 60, slots: 3 })), 1200);
    const input = fullInput({ trials: 60, slots: 3 });
    const pruned = input.history.trials.filter(({ state }) => state === 'pruned').length;
    const completed = input.history.trials.filter(
      ({ state, source }) => state === 'completed' && source === 'sampler',
    ).length;
    const fills = fillsOf(await browser.pdf());
    // In the history, in each slice, and at the ends of curves.
    const slices = Object.keys(input.definition.space).length;
    expect(pruned).toBeGreaterThan(20);
    expect(fills.get(COLOURS.pruned)).toBeGreaterThanOrEqual(pruned * (slices + 2));
    expect(fills.get(COLOURS.completed)).toBeGreaterThanOrEqual(completed * (slices + 1));
    // Back on the screen, plots can be used again.
    expect(await browser.evaluate('[...charts.values()].every((chart) => !chart.isDisposed())')).toBe(true);

    await open(renderReport(fullInput({ trials: 60, slots: 3 })), 700);
    await browser.emulateMedia('print');
    await browser.until("document.querySelectorAll('.plot > canvas').length === elements.length");
    const wide = await browser.evaluate<string[]>(
      '[...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))',
    );
    expect(wide).toEqual([]);
    await browser.emulateMedia('screen');
  });

  it('has every part that scrolls in reach of the keyboard, and no other', { timeout: 120_000 }, async () => {
    await open(renderReport(fullInput({ trials: 60, slots: 3 })), 390);
    await browser.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    // Sizes are told to the page after it was laid out.
    await browser.until(
      "[...document.querySelectorAll('.scroll, pre')].every((one) => (one.tabIndex === 0) === one.scrollWidth > one.clientWidth)",
    );
    const regions = await browser.evaluate<{ scrolls: boolean; stop: boolean; named: boolean }[]>(
      `[...document.querySelectorAll('main *')].filter((one) => getComputedStyle(one).overflowX === 'auto').map((one) => ({
        scrolls: one.scrollWidth > one.clientWidth,
        stop: one.tabIndex === 0,
        named: one.getAttribute('role') === 'region' && one.getAttribute('aria-label') !== '',
      }))`,
    );
    expect(regions.filter(({ scrolls }) => scrolls).length).toBeGreaterThan(2);
    for (const { scrolls, stop, named } of regions) expect([stop, named]).toEqual([scrolls, true]);
  });

  it('reacts with ten thousand trials: sorts, filters, opens a trial', { timeout: 120_000 }, async () => {
    await open(TEN_THOUSAND, 1200);
    await browser.evaluate("filter.value = 'completed learningRate<0.001'; filter.dispatchEvent(new Event('input'))");
    const shown = await browser.evaluate<string>("document.getElementById('shown').textContent");
    const count = await browser.evaluate<number>(
      "data.trials.rows.filter((row) => row[1] === 'completed' && row[7] < 0.001).length",
    );
    expect(count).toBeGreaterThan(10);
    expect(shown).toBe(`${count} of 10000 trials`);
    await browser.evaluate('document.querySelector(\'[data-sort="0"]\').click()');
    await browser.evaluate("document.querySelector('#table tbody button').click()");
    expect(await browser.evaluate("document.querySelector('dialog[open] h2').textContent")).toMatch(/^Trial \d+ · /);
    expect(browser.errors).toEqual([]);
  });

  it('sorts, filters, pages, brushes and opens trials', { timeout: 120_000 }, async () => {
    await open(renderReport(inputOf({ trials: 60 })), 1200);
    const cells = (column: number) =>
      browser.evaluate<string[]>(
        `[...document.querySelectorAll('#table tbody tr')].map((row) => row.cells[${column}].textContent)`,
      );
    const values = (await cells(2)).map(Number);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    await browser.evaluate('document.querySelector(\'[data-sort="0"]\').click()');
    expect(await cells(0)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
    await browser.evaluate("document.getElementById('next').click()");
    expect((await cells(0))[0]).toBe('20');
    await browser.evaluate("filter.value = 'failed'; filter.dispatchEvent(new Event('input'))");
    expect(new Set(await cells(1))).toEqual(new Set(['failed']));
    await browser.evaluate("filter.value = ''; filter.dispatchEvent(new Event('input'))");

    await browser.evaluate(
      "charts.get('parallel').dispatchAction({ type: 'axisAreaSelect', parallelAxisIndex: 5, intervals: [[1.5, 2.5]] })",
    );
    await browser.until("document.getElementById('clear').hidden === false");
    expect(new Set(await cells(10))).toEqual(new Set(['standard']));
    await browser.evaluate("document.getElementById('clear').click()");
    expect(await browser.evaluate("document.getElementById('shown').textContent")).toBe('60 of 60 trials');

    await browser.evaluate("document.querySelector('#table tbody tr').click()");
    expect(await browser.evaluate("document.querySelector('dialog[open] h2').textContent")).toMatch(/^Trial \d+ · /);
    // Its curve, beside that of the best.
    const curves = await browser.evaluate<{ name: string; data: number[][] }[]>(
      'cardChart.getOption().series.map(({ name, data }) => ({ name, data }))',
    );
    const opened = await browser.evaluate<number>("Number(document.querySelector('#table tbody tr').dataset.trial)");
    const best = await browser.evaluate<number>('data.trials.best');
    expect(curves.map(({ name }) => name)).toEqual(
      opened === best ? [`trial ${best} (best)`] : [`trial ${best} (best)`, `trial ${opened}`],
    );
    const row = await browser.evaluate<number[]>(`data.trials.rows[${opened}]`);
    expect(curves.at(-1)?.data).toHaveLength(row[4] ?? 0);
    expect(Math.max(...(curves.at(-1)?.data ?? []).map(([, value]) => value ?? 0))).toBeCloseTo(row[2] ?? 0, 4);
    expect(await browser.evaluate("document.querySelector('#trial-curve canvas') !== null")).toBe(true);

    // What hovering says is rounded as everywhere.
    const numbers = [0.78194996, -0.00001, 0, -0, 5e-9, 123.456, 12_345.6, 2_345_678, 0.99995];
    const texts = await browser.evaluate<string[]>(`[${numbers.join(', ')}, -0].map(metricText)`);
    expect(texts).toEqual([...numbers, -0].map(formatMetric));

    await browser.evaluate("filter.value = 'colour=red'; filter.dispatchEvent(new Event('input'))");
    expect(await browser.evaluate("document.getElementById('shown').textContent")).toBe(
      '60 of 60 trials · no column is called colour',
    );
    expect(browser.errors).toEqual([]);
  });
});

const STREAM = ' stream\n';

/** How often a PDF chooses each colour to fill with, as '#rrggbb' (ISO 32000-1, 8.6.8). Chromium prints a canvas as what was drawn on it. */
function fillsOf(pdf: Buffer): ReadonlyMap<string, number> {
  const fills = new Map<string, number>();
  for (let at = pdf.indexOf(STREAM); at >= 0; at = pdf.indexOf(STREAM, at)) {
    const from = at + STREAM.length;
    const end = pdf.indexOf('endstream', from);
    const content = inflated(pdf.subarray(from, end));
    for (const [, ...rgb] of content.matchAll(/([\d.]+) ([\d.]+) ([\d.]+) rg\n/g)) {
      const colour = `#${rgb
        .map((share) =>
          Math.round(255 * Number(share))
            .toString(16)
            .padStart(2, '0'),
        )
        .join('')}`;
      fills.set(colour, (fills.get(colour) ?? 0) + 1);
    }
    at = end;
  }
  return fills;
}

/** The text of a compressed stream; of a font or a picture nothing that counts. */
function inflated(stream: Buffer): string {
  try {
    return inflateSync(stream).toString('latin1');
  } catch {
    return '';
  }
}
