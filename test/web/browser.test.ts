// The live page in a browser: follows a study, asks it for something, also on a phone, on a slow link and with ten thousand trials.
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser, findChromium } from '../../scripts/screenshots/browser.js';
import { type ServedWeb, serveWeb } from '../../src/app/serve-web.js';
import { StudyControl } from '../../src/controller/study-control.js';
import { type ControlOffer, offerControl } from '../../src/dashboard/remote/offer-control.js';
import { lockStudy } from '../../src/store/study-lock.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { FileLock } from '../../src/system/file-lock.js';
import { fakeEvents } from '../dashboard/support/fake-study.js';
import { eventually } from '../eventually.js';
import { type WrittenStudy, writtenStudy } from './support.js';

const chromium = findChromium();

describe.skipIf(chromium === undefined)('the live page (skipped where no chromium is found)', () => {
  let browser: Browser;
  let disk: WrittenStudy;
  let web: ServedWeb | undefined;
  let control: StudyControl;
  let running: { readonly lock: FileLock; readonly offer: ControlOffer } | undefined;
  beforeAll(() => void (browser = Browser.launch(chromium as string)));
  afterAll(() => browser.close(), 60_000);
  beforeEach(() => {
    disk = writtenStudy();
    control = new StudyControl();
    browser.errors.length = 0;
    browser.requests.length = 0;
  });
  afterEach(async () => {
    await browser.closePage();
    running?.offer.close();
    running?.lock.release();
    running = undefined;
    await web?.close();
    web = undefined;
    disk.remove();
  });

  /** As if a process ran the study. */
  async function run(slots: number): Promise<void> {
    const lock = lockStudy(disk.layout.lock);
    const offer = await offerControl({
      ...{ folder: disk.layout.control, controls: control, isRunning: () => true },
      status: () => ({
        engine: 'onnx',
        slots: Array.from({ length: slots }, (_, slot) => ({ slot, device: `oak-${slot % 5}`, trial: slot })),
      }),
    });
    running = { lock, offer };
  }

  async function open(width: number): Promise<void> {
    web ??= await serveWeb([disk.layout.root]);
    await browser.open(web.addresses[0] ?? '', { width, height: 900 });
    await browser.until("typeof echarts !== 'undefined' && data.now.situation !== 'reading'");
    if (await browser.evaluate("data.now.situation === 'not begun'")) return;
    await browser.until('data.trials !== undefined');
  }

  const text = (id: string): Promise<string> => browser.evaluate(`document.getElementById('${id}').textContent`);
  const isNarrow = (): Promise<boolean> => browser.evaluate('document.documentElement.scrollWidth <= innerWidth');

  /** For what a busy machine takes long for. */
  async function untilAtLast(expression: string): Promise<void> {
    for (let tries = 0; tries < 4; tries++) {
      const isThere = await browser.until(expression).then(
        () => true,
        () => false,
      );
      if (isThere) return;
    }
    throw new Error(`expected ${expression} to become true, it did not`);
  }

  /** Nothing failed, and nothing was asked of another server. */
  function expectClean(): void {
    expect(browser.errors).toEqual([]);
    const { origin } = new URL(web?.addresses[0] ?? '');
    expect(browser.requests.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
  }

  it('follows a study from before its begin to its end without being loaded anew', { timeout: 240_000 }, async () => {
    const events = fakeEvents({ trials: 40, slots: 3 });
    const half = events.findIndex((event) => event.type === 'asked' && event.trial === 20);
    web = await serveWeb([disk.layout.root]).catch(() => undefined);
    expect(web, 'a run that is not there is no study').toBeUndefined();
    disk.write(events.slice(0, 3));
    await run(3);
    await open(390);
    await browser.evaluate("window.isSame = true; document.getElementById('filter').value = 'completed'");
    await browser.evaluate("document.getElementById('filter').dispatchEvent(new Event('input'))");
    disk.write(events.slice(3, half));
    await browser.until('data.trials.rows.length === 20 && document.querySelector("#curves [data-plot]") !== null');
    await browser.drawAll();
    const before = await browser.evaluate<number>("charts.get('history').getOption().series[0].data.length");
    await browser.evaluate("charts.get('history').dispatchAction({ type: 'legendUnSelect', name: 'pruned' })");
    disk.write(events.slice(half));
    await browser.until(`charts.get('history').getOption().series[0].data.length > ${before}`);
    expect(await browser.evaluate("charts.get('history').getOption().legend[0].selected.pruned")).toBe(false);
    expect(await text('shown')).toMatch(/^\d+ of 40 trials$/);
    expect(
      await browser.evaluate(
        "[...new Set([...document.querySelectorAll('#table tbody tr')].map((row) => row.cells[1].textContent))]",
      ),
    ).toEqual(['completed']);
    running?.offer.close();
    running?.lock.release();
    await browser.until("document.getElementById('slots').hidden");
    expect(await text('situation')).toBe('not running');
    rmSync(disk.layout.root, { recursive: true });
    await browser.until("!document.getElementById('problem').hidden");
    expect(await text('problem')).toContain('is gone');
    expect(await browser.evaluate('window.isSame')).toBe(true);
    expect(await isNarrow()).toBe(true);
    expectClean();
  });

  it('pauses, resumes, prunes and finishes', { timeout: 240_000 }, async () => {
    disk.write(fakeEvents({ trials: 6, slots: 2 }));
    await run(2);
    await open(1280);
    await browser.until("!document.getElementById('controls').hidden");
    const click = (selector: string) => browser.evaluate(`document.querySelector('${selector}').click()`);
    await click('#hold');
    await browser.until("document.getElementById('hold').textContent === 'resume'");
    expect(control.paused).toBe(true);
    await click('#hold');
    await browser.until("document.getElementById('hold').textContent === 'pause'");
    await click('#slots .prune');
    await click('#ask [value=no]');
    await click('#slots .prune');
    expect(control.prunedByHand.size).toBe(0);
    await click('#ask [value=yes]');
    await eventually(() => expect([...control.prunedByHand]).toEqual([0]));
    await click('#finish');
    await click('#ask [value=yes]');
    await browser.until("document.getElementById('situation').textContent.startsWith('finishing')");
    expect(control.phase).toBe('finishing');
    expect(await browser.evaluate("document.getElementById('finish').disabled")).toBe(true);
    expectClean();
  });

  it(
    'of ten thousand trials and 200 slots reacts on a phone, is closed and opened again',
    { timeout: 300_000 },
    async () => {
      const events = fakeEvents({ trials: 10_000, slots: 200, detail: false });
      const rest = events.splice(-400);
      disk.write(events);
      await run(200);
      await open(390);
      await browser.until("!document.getElementById('controls').hidden");
      expect(await isNarrow()).toBe(true);
      expect(await browser.evaluate("document.getElementById('slots').open")).toBe(false);
      expect(await text('machines')).toContain('oak-0: 40 of 40 slots busy');
      const received = (): Promise<number> =>
        browser.evaluate(
          "performance.getEntriesByType('resource').filter(({ name }) => name.includes('changes')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)",
        );
      const whole = await browser.evaluate<number>("performance.getEntriesByType('navigation')[0].encodedBodySize");
      const ended =
        "data.trials.rows.filter((row) => row[1] === 'completed' || row[1] === 'pruned' || row[1] === 'failed').length";
      const before = await browser.evaluate<number>(ended);
      disk.write(rest);
      await untilAtLast(`${ended} > ${before}`);
      // What has changed, not the whole again.
      expect(await received()).toBeLessThan(whole / 4);
      await browser.evaluate(
        "document.getElementById('filter').value = 'completed'; document.getElementById('filter').dispatchEvent(new Event('input'))",
      );
      expect(await text('shown')).toMatch(/^\d+ of 10000 trials$/);
      await browser.evaluate("document.querySelector('#table tbody button').click()");
      expect(await browser.evaluate("document.querySelector('dialog[open] h2').textContent")).toMatch(/^Trial \d+ · /);
      await open(390);
      expect(await browser.evaluate('data.trials.rows.length')).toBe(10_000);
      // A large page that was made before is brought up to date.
      await browser.until(`${ended} > ${before}`);
      expectClean();
    },
  );

  it('arrives on a slow link, what is written first before the plots', { timeout: 300_000 }, async () => {
    disk.write(fakeEvents({ trials: 60, slots: 2 }));
    await run(2);
    web = await serveWeb([disk.layout.root]);
    await browser.open('about:blank', { width: 390, height: 900 });
    await browser.slowDown({ latency: 400, bytesPerSecond: 50_000 });
    await browser.evaluate(`void (location.href = ${JSON.stringify(web.addresses[0])})`);
    await browser.until("document.getElementById('situation')?.textContent === 'running'");
    expect(await browser.evaluate('typeof echarts')).toBe('undefined');
    control.pause();
    await browser.until("document.getElementById('situation').textContent === 'paused'");
    await browser.until("typeof echarts !== 'undefined' && document.readyState === 'complete'");
    await browser.slowDown();
    await browser.drawAll();
    expectClean();
  });

  it('says that it is cut off, and follows again', { timeout: 240_000 }, async () => {
    const events: TrialEvent[] = fakeEvents({ trials: 8 });
    disk.write(events);
    await open(390);
    const { port } = new URL(web?.addresses[0] ?? '');
    await web?.close();
    await browser.until("document.getElementById('connection').textContent.includes('No connection')");
    // Another server at the same place has another token: the page is no longer served.
    web = await serveWeb([disk.layout.root], { port: Number(port) });
    await browser.until("document.getElementById('connection').textContent.includes('no longer served')");
    await browser.closePage();
    await open(390);
    expect(await browser.evaluate("document.getElementById('connection').hidden")).toBe(true);
  });

  it('says what is wrong with a damaged journal', { timeout: 240_000 }, async () => {
    disk.write(fakeEvents({ trials: 3 }).slice(0, 2));
    disk.restart();
    disk.write(fakeEvents({ trials: 3 }).slice(0, 2));
    web = await serveWeb([disk.layout.root]);
    await browser.open(web.addresses[0] ?? '', { width: 390, height: 900 });
    await browser.until("document.getElementById('situation')?.textContent === 'cannot be read'");
    expect(await text('problem')).toContain('journal.jsonl:3: ');
    expect(await isNarrow()).toBe(true);
    expectClean();
  });
});
