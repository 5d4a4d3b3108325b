// The process of an engine dies in the middle of a trial: the trial fails, and the next one has a new engine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import type * as openEngineModule from '../../src/engines/open-engine.js';
import { HpoError } from '../../src/study/errors.js';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

const opened = vi.hoisted(() => ({ engines: 0, crashing: 0, disposed: 0 }));
vi.mock('../../src/engines/open-engine.js', async (importActual) => {
  const actual = await importActual<typeof openEngineModule>();
  const openEngine: typeof actual.openEngine = async (...given) => {
    const engine = await actual.openEngine(...given);
    const number = ++opened.engines;
    const compile: Engine['compile'] = async (...wanted) => {
      const program = await engine.compile(...wanted);
      const run: typeof program.run = (...given) =>
        number === opened.crashing
          ? Promise.reject(new HpoError('ERR_ENGINE_CRASHED', 'the process ended'))
          : program.run(...given);
      return { graph: program.graph, run, dispose: () => program.dispose() };
    };
    const dispose = (): Promise<void> => {
      opened.disposed++;
      return engine.dispose();
    };
    return { ...engine, compile, dispose };
  };
  return { ...actual, openEngine };
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-crash-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('an engine that crashed is opened anew for the next trial, which has the numbers of an undisturbed one', async () => {
  const settings = await cnnSettings(join(root, 'features'), { reuse: false });
  const train = await createTrain(settings);
  const undisturbed = await reportsOf(train, join(root, 'a'), {});
  expect(opened).toMatchObject({ engines: 1, disposed: 0 });
  opened.crashing = 1;
  await expect(reportsOf(train, join(root, 'b'), {})).rejects.toMatchObject({ code: 'ERR_ENGINE_CRASHED' });
  expect(await reportsOf(train, join(root, 'c'), {})).toEqual(undisturbed);
  expect(opened).toMatchObject({ engines: 2, disposed: 1 });
  // Trials of a batch share the new one.
  opened.crashing = 2;
  await expect(reportsOf(train, join(root, 'd'), {})).rejects.toThrow('the process ended');
  const context = {
    ...{ signal: new AbortController().signal, slot: 0 },
    ...{ log: () => {}, progress: () => {}, share: () => 1 },
  };
  const assignments = [0, 1].map((trial) => ({
    ...{ trial, parameters: {}, seed: 1, reported: 0, directory: join(root, `e${trial}`) },
  }));
  const batch = train.together?.(assignments, context) ?? [];
  const firsts = await Promise.all(batch.map((trial) => trial.next()));
  expect(firsts.map(({ done }) => done)).toEqual([false, false]);
  expect(opened).toMatchObject({ engines: 3, disposed: 2 });
  for (const trial of batch) await trial.return(undefined);
  await train.dispose();
});
