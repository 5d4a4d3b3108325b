// Workers and controllers that nobody answers: none of them waits for ever for what cannot come.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runWorker } from '../../src/app/run-worker.js';
import type { Outcome } from '../../src/study/trial.js';
import type { Train } from '../../src/study/train.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { eventually } from '../eventually.js';
import { openController, openWorker, studyForWorkers } from './support/scene.js';
import { SERVERS, type TestServer } from './support/servers.js';

const [redis] = SERVERS;

describe.skipIf(redis?.missing !== undefined)(
  `on Redis${redis?.missing === undefined ? '' : `: ${redis.missing}`}`,
  () => {
    let server: TestServer;
    let folder: string;
    beforeEach(async () => {
      if (redis !== undefined) server = await redis.open();
      folder = mkdtempSync(join(tmpdir(), 'hpo-lonely-'));
    });
    afterEach(async () => {
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    const runOf = (train: Train) => (): Promise<InProcessRunner> =>
      Promise.resolve(new InProcessRunner({ train, slots: 1 }));
    // eslint-disable-next-line require-yield -- it is never asked
    const idle = runOf(async function* () {
      await Promise.resolve();
    });

    it('a worker looks for another study when the one that it prepared for is gone', { timeout: 60_000 }, async () => {
      const pace = { silence: 100, hold: 100 };
      const worker = await openWorker(server.url, 'gone', idle, { pace });
      expect(await worker.ended).toEqual({ type: 'lost' });
      await worker.close();
    });

    it('an idle worker leaves while its server is away', { timeout: 60_000 }, async () => {
      const leave = new AbortController();
      const phases: (string | undefined)[] = [];
      const ended = runWorker(server.url, {
        ...{ leave: leave.signal, leaveNow: leave.signal },
        onPhase: (phase) => phases.push(phase?.name),
      });
      await eventually(() => expect(phases).not.toEqual([]));
      await server.stop();
      leave.abort();
      await ended;
    });

    it('a trial that no worker has taken ends when the study stops', { timeout: 60_000 }, async () => {
      const controller = await openController(server.url);
      const outcomes: (Outcome | undefined)[] = [];
      const running = controller.run([runOfTrial(folder, outcomes)], 0, new AbortController().signal);
      controller.withdraw();
      await running;
      expect(outcomes).toEqual([undefined]);
      await controller.close();
    });

    it('a study ends at once while its server is away', { timeout: 60_000 }, async () => {
      const controller = await openController(server.url);
      await server.stop();
      const now = new AbortController();
      const outcomes: (Outcome | undefined)[] = [];
      const running = controller.run([runOfTrial(folder, outcomes)], 0, now.signal);
      now.abort();
      await running;
      expect(outcomes).toEqual([undefined]);
      await controller.close();
    });

    it(
      'a report that the controller cannot read fails its trial, which waits for nobody',
      { timeout: 60_000 },
      async () => {
        const study = studyForWorkers();
        const controller = await openController(server.url, { study });
        const worker = await openWorker(
          server.url,
          study.id,
          runOf(async function* () {
            await Promise.resolve();
            yield { epoch: 1e300, metrics: { f1: 1 } };
          }),
        );
        await controller.waitForWorker();
        const outcomes: (Outcome | undefined)[] = [];
        await controller.run([runOfTrial(folder, outcomes)], 0, new AbortController().signal);
        expect(outcomes).toMatchObject([
          { status: 'failed', kind: 'crashed', message: expect.stringContaining('report.epoch') as string },
        ]);
        await Promise.all([controller.close(), worker.close()]);
      },
    );
  },
);

function runOfTrial(folder: string, outcomes: (Outcome | undefined)[]): Parameters<InProcessRunner['run']>[0][number] {
  return {
    assignment: { trial: 0, parameters: {}, seed: 1, reported: 0, directory: join(folder, 'trials', '0') },
    signal: new AbortController().signal,
    onReport: () => 'continue',
    onEnd: (outcome) => outcomes.push(outcome),
  };
}
