// Trainer modules, good and bad: a bad one names the file, what was expected and what was found.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PiscinaRunner } from '../../../src/workers/piscina-runner.js';
import { type TrainerReference, loadTrainer } from '../../../src/workers/thread/trainer-module.js';
import { assignment, train } from '../runner-contract.js';

const folder = mkdtempSync(join(tmpdir(), 'hpo-modules-'));
let count = 0;

function write(source: string): string {
  const path = join(folder, `train-${count++}.mjs`);
  writeFileSync(path, source);
  return path;
}

describe('loadTrainer', () => {
  it('takes the default export', async () => {
    const module = write('export default async function* () { yield 1; }');
    const epochs = (await loadTrainer({ module }))(assignment('plain'), {} as never);
    expect(await epochs.next()).toEqual({ value: 1, done: false });
  });

  it('hands the settings to createTrain and takes what it resolves to', async () => {
    const module = write(
      'export const createTrain = async (settings) => async function* () { yield settings.answer; };',
    );
    const epochs = (await loadTrainer({ module, settings: { answer: 42 } }))(assignment('plain'), {} as never);
    expect(await epochs.next()).toEqual({ value: 42, done: false });
  });

  it.each<[string, string, Partial<TrainerReference>, RegExp]>([
    ['has no trainer', 'export const x = 1;', {}, /expected a default export .*, got exports x$/],
    ['exports something else', 'export default 3;', {}, /expected a default export .*, got 3$/],
    ['exports an async function', 'export default async () => {};', {}, /async function\*\), got AsyncFunction$/],
    ['exports a synchronous generator', 'export default function* () {}', {}, /got GeneratorFunction$/],
    ['makes no trainer', 'export const createTrain = () => ({});', {}, /got an object with no fields$/],
    ['does not parse', 'export default async function* ( {', {}, /cannot be loaded: /],
    ['throws at once', 'throw new Error("no licence");', {}, /cannot be loaded: no licence \(line 1\)$/],
    [
      'throws in createTrain',
      'export function createTrain() { throw new Error("no GPU"); }',
      {},
      /createTrain failed: no GPU \(line \d+\)$/,
    ],
    ['ignores settings', 'export default async function* () {}', { settings: {} }, /expected an export `createTrain/],
  ])('refuses a module that %s', async (_, source, more, message) => {
    const module = write(source);
    const loading = loadTrainer({ module, ...more });
    await expect(loading).rejects.toMatchObject({ code: 'ERR_TRAINER_MODULE' });
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(module);
  });

  it('refuses a file that is not there', async () => {
    const module = join(folder, 'missing.mjs');
    await expect(loadTrainer({ module })).rejects.toThrow(`${module}: expected a trainer module, got no such file`);
  });
});

describe('PiscinaRunner.open', () => {
  it('finds a bad module before any trial', async () => {
    const module = write('export default 3;');
    await expect(PiscinaRunner.open({ trainer: { module }, slots: 2 })).rejects.toMatchObject({
      code: 'ERR_TRAINER_MODULE',
      message: expect.stringContaining(module) as string,
    });
  });

  it('finds a module that ends its thread', async () => {
    const module = write('process.exit(7);');
    const opening = PiscinaRunner.open({ trainer: { module }, slots: 1 });
    await expect(opening).rejects.toThrow(/the thread ended while the trainer was loaded: worker exited with code: 7/);
    await expect(opening).rejects.toMatchObject({ code: 'ERR_TRAINER_MODULE' });
  });

  it('that cannot load the trainer again after a crash says that nothing can be trained', async () => {
    const module = write('export default async function* () { process.exit(1); }');
    const runner = await PiscinaRunner.open({ trainer: { module }, slots: 1 });
    try {
      expect((await train(runner, assignment('plain'))).outcome).toMatchObject({ status: 'failed', kind: 'crashed' });
      rmSync(module);
      expect((await train(runner, assignment('plain'))).outcome).toMatchObject({
        message: `${module}: expected a trainer module, got no such file`,
        fault: { code: 'ERR_TRAINER_MODULE' },
      });
    } finally {
      await runner.close();
    }
  });

  it('keeps what createTrain made for all trials of a thread', async () => {
    const module = write(`
      export function createTrain() {
        let trials = 0;
        return async function* () { yield { epoch: 1, metrics: { trials: ++trials } }; };
      }`);
    const runner = await PiscinaRunner.open({ trainer: { module }, slots: 1 });
    try {
      await train(runner, assignment('plain'));
      const { reports } = await train(runner, assignment('plain'));
      expect(reports).toEqual([{ epoch: 1, metrics: { trials: 2 } }]);
    } finally {
      await runner.close();
    }
  });
});
