// A trial of the built-in trainer that is given up ends at its next step, and goes on from its checkpoint later with the same numbers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TrainContext } from '../../src/study/train.js';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-give-up-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it.each([1, 3])('a trial that is given up after step %i ends before its next report and is resumed', async (steps) => {
  const settings = await cnnSettings(join(root, 'features'));
  const parameters = { unfreezeDepth: 2, dropout: 0.3 };
  const undisturbed = await reportsOf(await createTrain(settings), join(root, 'undisturbed'), parameters);

  const abort = new AbortController();
  let taken = 0;
  const context: TrainContext = {
    ...{ signal: abort.signal, slot: 0, log: () => {}, share: () => 1 },
    progress: () => {
      if (++taken === steps) abort.abort();
    },
  };
  const directory = join(root, 'given up');
  const assignment = { trial: 0, parameters, seed: 1, directory, reported: 0 };
  const train = await createTrain(settings);
  const epochs = train(assignment, context);
  const pull = async (): Promise<void> => {
    while ((await epochs.next()).done !== true);
  };
  expect(await pull().catch((error: unknown) => error)).toBe(abort.signal.reason);
  expect(taken).toBe(steps);

  expect(await reportsOf(train, directory, parameters)).toEqual(undisturbed);
});
