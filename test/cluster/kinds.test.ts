// Machines of several kinds: a trial that goes on does so on the kind that has trained it so far, where one of it is idle.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrialRun } from '../../src/study/trial-runner.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { rising } from '../controller/scene.js';
import { eventually } from '../eventually.js';
import { openController, openWorker, studyForWorkers } from './support/scene.js';
import { SERVERS, type TestServer } from './support/servers.js';

const [redis] = SERVERS;
const EPYC = { processor: 'EPYC', versions: '1' };

describe.skipIf(redis?.missing !== undefined)(
  `on Redis${redis?.missing === undefined ? '' : `: ${redis.missing}`}`,
  () => {
    let server: TestServer;
    const folder = mkdtempSync(join(tmpdir(), 'hpo-kinds-'));
    beforeAll(async () => {
      if (redis !== undefined) server = await redis.open();
    });
    afterAll(async () => {
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    it(
      'a trial goes on where machines are as those that began it, and elsewhere if these are busy',
      { timeout: 120_000 },
      async () => {
        const study = studyForWorkers();
        const placed: string[] = [];
        const controller = await openController(server.url, {
          study,
          onPlaced: (_, __, { facts }) => placed.push(facts.host),
        });
        const work = (host: string, processor: string): ReturnType<typeof openWorker> =>
          openWorker(server.url, study.id, () => Promise.resolve(new InProcessRunner({ train: rising, slots: 1 })), {
            host,
            processor,
          });
        const workers = [await work('xeon', 'Xeon'), await work('epyc', EPYC.processor)];
        await eventually(() => expect(controller.slots).toBe(2));
        let release = (): void => {};
        const held = new Promise<void>((resolve) => (release = resolve));
        const run = (trial: number, waits: boolean): TrialRun => ({
          assignment: { trial, parameters: {}, seed: 1, reported: 1, directory: join(folder, 'trials', String(trial)) },
          signal: new AbortController().signal,
          trainedOn: EPYC,
          async onReport() {
            if (waits) await held;
            return 'stop' as const;
          },
          onEnd: () => {},
        });
        const never = new AbortController().signal;
        for (let trial = 0; trial < 6; trial++) await controller.run([run(trial, false)], 0, never);
        expect(placed).toEqual(Array.from({ length: 6 }, () => 'epyc'));
        const waiting = controller.run([run(6, true)], 0, never);
        await eventually(() => expect(placed).toHaveLength(7));
        await controller.run([run(7, false)], 1, never);
        expect(placed.slice(6)).toEqual(['epyc', 'xeon']);
        release();
        await waiting;
        await Promise.all([controller.close(), ...workers.map(({ ended }) => ended)]);
        for (const worker of workers) await worker.close();
      },
    );
  },
);
