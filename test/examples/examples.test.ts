// The programs and studies of examples/ do what they show.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { hpo } from '../cli/support.js';
import { runExample } from '../library/examples.js';
import { pythonWith } from '../report/support/python.js';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hpo-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the study of an example, on a copy. */
async function search(name: string): Promise<Searched> {
  cpSync(join(examples, name), join(folder, name), { recursive: true });
  return run(name);
}

interface Searched {
  readonly end: { readonly reason: string; readonly best: { readonly metrics: Readonly<Record<string, number>> } };
  readonly rest: readonly string[];
}

async function run(name: string): Promise<Searched> {
  const { code, out, err } = await hpo('run', join(folder, name, 'study.json'), '--json');
  expect(code, err).toBe(0);
  const lines = out.trim().split('\n');
  return { end: JSON.parse(lines.at(-1) as string), rest: lines.slice(0, -1) };
}

describe('examples/', () => {
  it('names every folder in its README', () => {
    const readme = readFileSync(join(examples, 'README.md'), 'utf8');
    const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.filter(({ name }) => !readme.includes(`[${name}](`))).toEqual([]);
  });

  it('study finds a configuration that tells most of the signs apart', { timeout: 300_000 }, async () => {
    const { end } = await search('study');
    expect(end.reason).toBe('finished');
    expect(end.best.metrics['macroF1']).toBeGreaterThan(0.5);
  });

  it('own-trainer finds a rate that separates the points', { timeout: 120_000 }, async () => {
    const { end, rest } = await search('own-trainer');
    expect(end.reason).toBe('finished');
    expect(end.best.metrics['accuracy']).toBeGreaterThan(0.85);
    expect(rest.some((line) => line.includes('"pruned"'))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('command finds a rate that fits the line', { timeout: 120_000 }, async () => {
    const { end } = await search('command');
    expect(end.reason).toBe('finished');
    expect(end.best.metrics['loss']).toBeLessThan(0.01);
  });

  describe.each([
    ['python-pytorch', 'torch', 'accuracy', 0.6],
    ['python-keras', 'tensorflow', 'val_accuracy', 0.6],
  ])('%s', (name, module, metric, least) => {
    const python = pythonWith(module);
    it.skipIf(python === undefined)(
      `finds a network that is right (a Python with ${module})`,
      { timeout: 300_000 },
      async () => {
        cpSync(join(examples, name), join(folder, name), { recursive: true });
        const file = join(folder, name, 'study.json');
        const text = readFileSync(file, 'utf8').replace('"python3"', JSON.stringify(python));
        writeFileSync(file, text.replace(/"trials": \d+/, '"trials": 2'));
        const { end } = await run(name);
        expect(end.reason).toBe('finished');
        expect(end.best.metrics[metric]).toBeGreaterThan(least);
      },
    );
  });

  it('library prints its best trial', { timeout: 60_000 }, async () => {
    const printed = await runExample(readFileSync(join(examples, 'library', 'loop.mjs'), 'utf8'));
    expect(printed).toMatch(/^30 trials, [1-9]\d* of them pruned\nbest: trial \d+, loss \d\.\de-\d+, /);
  });
});
