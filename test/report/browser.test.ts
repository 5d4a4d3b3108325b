// The report in a browser: nothing fails, nothing is fetched, every plot is drawn, also on a phone and for thousands of trials.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, findChromium } from '../../scripts/screenshots/browser.js';
import { renderComparison } from '../../src/report/render-comparison.js';
import { renderReport } from '../../src/report/render-report.js';
import { fullInput, inputOf } from './support/input.js';

const chromium = findChromium();

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
    ['thousands of trials', 1200, renderReport(inputOf({ trials: 5000, detail: false }))],
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
    expect(browser.errors).toEqual([]);
  });
});
