// Pictures for the documentation, from a real study: npx tsx scripts/screenshots/make.ts [study.json].
// Runs it in a terminal, takes the dashboard on the way, renders its report, takes that on a desk and on a phone.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readRun } from '../../src/app/files/read-study.js';
import { reportInputOf } from '../../src/app/report/report-input.js';
import { layoutOf } from '../../src/store/run-layout.js';
import { searchTrials } from '../../src/report/search-trials.js';
import { renderReport } from '../../src/report/render-report.js';
import { Terminal } from '../../test/dashboard/support/tmux.js';
import { Browser, findChromium } from './browser.js';
import { terminalPage } from './terminal-page.js';

const IMAGES = resolve(import.meta.dirname, '../../docs/images');
const [COLUMNS, ROWS] = [120, 34];
/** The dashboard is taken when so much of the study is done. */
const SHARE = 0.6;

const original = resolve(process.argv[2] ?? resolve(import.meta.dirname, '../../studies/quickstart/study.json'));
const chromium = findChromium();
if (chromium === undefined) throw new Error('expected a Chromium on the PATH, got none');

// Beside the original, so that its relative paths hold.
const study = join(resolve(original, '..'), `screenshot-${process.pid}.json`);
const folder = mkdtempSync(join(tmpdir(), 'hpo-screenshots-'));
mkdirSync(IMAGES, { recursive: true });
copyFileSync(original, study);
const browser = Browser.launch(chromium);
const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const terminal = Terminal.start(`${process.execPath} --import tsx ${main} run ${study}`, COLUMNS, ROWS, {
  COLORTERM: 'truecolor',
});
try {
  const { screen, html } = await watch();
  await picture(terminalPage(screen, `hpo run ${basename(original)}`), 'dashboard.png', {
    width: 1200,
    height: 800,
    scale: 1,
  });
  await picture(html, 'report.png', { width: 1100, height: 1400, scale: 1 }, false);
  await picture(html, 'report-phone.png', { width: 390, height: 844, scale: 2 }, false);
} finally {
  terminal.end();
  await browser.close();
  for (const path of [study, layoutOf(study).root, folder]) rmSync(path, { recursive: true, force: true });
}

/** Waits for the study; keeps the screen that showed it at work. */
async function watch(): Promise<{ screen: string[]; html: string }> {
  const place = { file: study, layout: layoutOf(study) };
  let screen: string[] = [];
  for (;;) {
    await new Promise((done) => setTimeout(done, 1000));
    const run = await readRun(place).catch(() => undefined); // before it has begun
    if (run === undefined) continue;
    const { definition } = run;
    const ended = searchTrials(run.history).filter(({ outcome }) => outcome !== undefined).length;
    const now = terminal.screen(true);
    if (
      now.some((row) => row.includes('─ ')) &&
      ended < definition.search.trials &&
      ended <= SHARE * definition.search.trials + 1
    ) {
      screen = now;
    }
    if (run.state !== 'done') continue;
    const input = await reportInputOf(run, { onWarning: (message) => console.error(message) });
    return { screen, html: renderReport({ ...input, studyPath: basename(original) }) };
  }
}

async function picture(
  html: string,
  name: string,
  size: { width: number; height: number; scale: number },
  whole = true,
): Promise<void> {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, html);
  await browser.open(pathToFileURL(path).href, size);
  if (whole) {
    const { width, height } = await browser.evaluate<{ width: number; height: number }>(
      '(({ width, height }) => ({ width, height }))(document.body.getBoundingClientRect())',
    );
    await browser.open(pathToFileURL(path).href, { ...size, width: Math.ceil(width), height: Math.ceil(height) });
  }
  await browser.drawAll();
  writeFileSync(join(IMAGES, name), await browser.screenshot(whole));
  process.stdout.write(`${join('docs/images', name)}\n`);
}
