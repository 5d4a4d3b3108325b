// hpo run --queue and hpo worker as processes, on real servers.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../src/store/journal-reader.js';
import { SERVERS, type TestServer } from '../cluster/support/servers.js';
import { type Spawned, TOY_TRAINER, hpo, spawnHpo, temporaryFolder, toyStudy, writeFiles } from './support.js';

const images = {
  name: 'signs',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 3 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: {
    learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' },
    unfreezeDepth: { type: 'int', min: 0, max: 2 },
  },
  search: { strategy: 'tpe', trials: 5, seed: 3, startupTrials: 3 },
  pruner: { type: 'median', startupTrials: 2, minEpochs: 2 },
  training: { epochs: 4, headEpochs: 1, batchSize: 8 },
  resources: { workers: 1, engine: 'onnx' },
};

let folder: ReturnType<typeof temporaryFolder>;
const spawned: Spawned[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const { child, finished } of spawned.splice(0)) {
    child.kill('SIGKILL');
    await finished;
  }
  folder.remove();
});

function start(...args: string[]): Spawned {
  const started = spawnHpo(args, { env: { XDG_CACHE_HOME: join(folder.path, 'cache'), HPO_QUEUE_PASSWORD: '' } });
  spawned.push(started);
  return started;
}

/** Without times and costs, which alone may differ. */
async function record(name: string): Promise<unknown[]> {
  return (await readJournal(join(folder.path, name, 'study.run', 'journal.jsonl'))).map(({ at: _, ...event }) => {
    if (event.type !== 'reported') return event;
    const { seconds: __, work: ___, ...report } = event.report;
    return { ...event, report };
  });
}

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      it('a study of images on one worker records what it records without a queue', { timeout: 180_000 }, async () => {
        const server = await kind.open();
        try {
          writeFiles(folder.path, { 'a/study.json': images, 'b/study.json': images });
          const worker = start('worker', server.url, '--slots', '1', '--once');
          const run = start('run', join(folder.path, 'a/study.json'), '--plain', '--queue', server.url);
          expect(await run.finished).toMatchObject({ code: 0 });
          expect(await worker.finished).toMatchObject({ code: 0 });
          expect(await start('run', join(folder.path, 'b/study.json'), '--plain').finished).toMatchObject({ code: 0 });
          expect(await record('a')).toEqual(await record('b'));
          expect(existsSync(join(folder.path, 'a/study.run/trials'))).toBe(true);
        } finally {
          await server.remove();
        }
      });
    },
  );
}

const [redis] = SERVERS;
describe.skipIf(redis?.missing !== undefined)(
  `a worker on Redis${redis?.missing === undefined ? '' : `: ${redis.missing}`}`,
  () => {
    let server: TestServer;
    beforeEach(async () => {
      if (redis !== undefined) server = await redis.open();
    });
    afterEach(() => server.remove());

    it('a study whose time is up before any worker has come ends', { timeout: 120_000 }, async () => {
      writeFiles(folder.path, { 'study.json': toyStudy(), 'train.mjs': TOY_TRAINER });
      const run = start('run', join(folder.path, 'study.json'), '--plain', '--time', '1s', '--queue', server.url);
      expect(await run.finished).toMatchObject({ err: expect.stringContaining('the time is up') as string });
    });

    it('executes no trainer module that its command line does not name', { timeout: 180_000 }, async () => {
      const { trainer: _, ...rest } = toyStudy();
      writeFiles(folder.path, {
        'study.json': { ...rest, trainer: { module: './train.mjs' } },
        'train.mjs': TOY_TRAINER,
        'other.mjs': `${TOY_TRAINER}\n// another one\n`,
      });
      const run = start('run', join(folder.path, 'study.json'), '--plain', '--queue', server.url);
      const refused = await start('worker', server.url, '--once').finished;
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--trainer <module>') as string });
      const other = await start('worker', server.url, '--once', '--trainer', join(folder.path, 'other.mjs')).finished;
      expect(other).toMatchObject({ code: 2, err: expect.stringContaining('found a file of other content') as string });
      const worker = start('worker', server.url, '--once', '--slots', '2', '--trainer', join(folder.path, 'train.mjs'));
      const { code, err } = await run.finished;
      expect([code, err]).toEqual([0, expect.stringContaining('cannot take part') as string]);
      expect((await worker.finished).code).toBe(0);
    });
  },
);

it('says what is wrong with an address, and repeats no password', async () => {
  writeFiles(folder.path, { 'study.json': toyStudy(), 'train.mjs': TOY_TRAINER });
  const refused = await hpo('run', join(folder.path, 'study.json'), '--queue', 'mysql://u:secret@host/db');
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('redis://host:6379') as string });
  expect(refused.err).not.toContain('secret');
  const gone = await hpo('worker', 'redis://u:secret@127.0.0.1:1');
  expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('redis://127.0.0.1:1') as string });
  expect(gone.err).not.toContain('secret');
});
