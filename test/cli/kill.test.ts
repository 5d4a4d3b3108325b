// kill -9 of a real study of images, again and again, then the same command, on all cores or one: the journal ends as if nothing had happened.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { pythonWith } from '../report/support/python.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { spawnHpo, temporaryFolder, writeFiles } from './support.js';

const KILLS = 6;
/** A PyTorch takes seconds to start. */
const KILLS_OF_TORCH = 2;

const unfrozen = {
  name: 'signs',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 3 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: {
    learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' },
    unfreezeDepth: { type: 'int', min: 0, max: 3 },
    augmentation: { type: 'choice', values: ['none', 'standard'] },
  },
  search: { strategy: 'bayesian', trials: 10, seed: 3, startupTrials: 4 },
  pruner: { type: 'median', startupTrials: 2, minEpochs: 2 },
  training: { epochs: 6, headEpochs: 1, batchSize: 8, views: 2 },
  resources: { workers: 1 },
};

const studies = {
  'with unfrozen blocks': unfrozen,
  'of batched trials that are paused and promoted': {
    ...unfrozen,
    space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' } },
    search: { strategy: 'tpe', trials: 12, seed: 3, startupTrials: 5, confirm: { top: 1, repeats: 1 } },
    pruner: { type: 'successiveHalving', form: 'promotion', reduction: 2 },
    training: { ...unfrozen.training, unfreezeDepth: 0, views: 1 },
    resources: { workers: 1, lanes: 3, engine: 'onnx' },
  },
};

const oneCore = ['taskset', '-c', '0'];
const canChooseCores = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** Without times and costs, and what an epoch took when the study began, which alone may differ. */
async function record(name: string): Promise<unknown[]> {
  return (await readJournal(journalOf(name))).map(({ at: _, ...event }) => {
    if (event.type === 'created') {
      const { seconds: ____, ...study } = event.study;
      return { ...event, study };
    }
    if (event.type !== 'reported') return event;
    const { seconds: __, work: ___, ...report } = event.report;
    return { ...event, report };
  });
}

function journalOf(name: string): string {
  return join(folder.path, name, 'study.run', 'journal.jsonl');
}

it.each(Object.entries(studies))(
  'a study %s that is killed ends like one that is not',
  (_, study) => expectSameJournal(study, KILLS),
  600_000,
);

it.skipIf(pythonWith('torch') === undefined)(
  'a study on PyTorch that is killed ends like one that is not (skipped where HPO_PYTHON, or python3, has no torch)',
  () => {
    const search = { ...unfrozen.search, trials: 4, startupTrials: 2 };
    return expectSameJournal({ ...unfrozen, search, resources: { workers: 1, engine: 'torch' } }, KILLS_OF_TORCH);
  },
  600_000,
);

async function expectSameJournal(study: object, kills: number): Promise<void> {
  writeFiles(folder.path, { 'a/study.json': study, 'b/study.json': study });
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache') };
  const start = (name: string, by: readonly string[] = []) =>
    spawnHpo(['run', join(folder.path, name, 'study.json'), '--plain'], { env, by });
  expect((await start('a').finished).code).toBe(0);
  const total = statSync(journalOf('a')).size;

  const random = RandomStream.of('kills');
  for (let kill = 0; kill < kills; kill++) {
    const { child, finished } = start('b', canChooseCores && kill % 2 === 1 ? oneCore : []);
    const exited = once(child, 'exit');
    const size = (): number => (existsSync(journalOf('b')) ? statSync(journalOf('b')).size : 0);
    const target = size() + random.uniform(0, (2 * (total - size())) / (kills - kill + 1));
    while (child.exitCode === null && size() < target) await setImmediate();
    child.kill('SIGKILL');
    await exited;
    await finished;
  }
  expect((await start('b').finished).code).toBe(0);
  expect(await record('b')).toEqual(await record('a'));
}
