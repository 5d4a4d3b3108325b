// Workers and controllers that nobody answers: none of them waits for ever for what cannot come.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runWorker } from '../../src/app/run-worker.js';
import { parseAddress } from '../../src/cluster/address.js';
import { QueueLink } from '../../src/cluster/link.js';
import { reportsOf } from '../../src/cluster/queue-names.js';
import type { Outcome } from '../../src/study/trial.js';
import type { Train } from '../../src/study/train.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { eventually } from '../eventually.js';
import { leftIn } from './support/left-in.js';
import { openNetwork } from './support/network.js';
import { Processes } from './support/processes.js';
import { QUICK, openController, openWorker, studyForWorkers } from './support/scene.js';
import { SERVERS, type TestServer } from './support/servers.js';

const [redis] = SERVERS;

describe.skipIf(redis?.missing !== undefined)(
  `on Redis${redis?.missing === undefined ? '' : `: ${redis.missing}`}`,
  () => {
    let server: TestServer;
    let folder: string;
    const processes = new Processes();
    beforeEach(async () => {
      if (redis !== undefined) server = await redis.open();
      folder = mkdtempSync(join(tmpdir(), 'hpo-lonely-'));
    });
    afterEach(async () => {
      await processes.endAll();
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    const runOf = (train: Train) => (): Promise<InProcessRunner> =>
      Promise.resolve(new InProcessRunner({ train, slots: 1 }));
    // eslint-disable-next-line require-yield -- it is never asked
    const idle = runOf(async function* () {
      await Promise.resolve();
    });

    const endless: Train = async function* ({ reported }, { signal }) {
      for (let epoch = reported + 1; !signal.aborted; epoch++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield { epoch, metrics: { score: 1 } };
      }
    };

    it('a worker looks for another study when the one that it prepared for is gone', { timeout: 60_000 }, async () => {
      const pace = { silence: 100, hold: 100 };
      const worker = await openWorker(server.url, 'gone', idle, { pace });
      expect(await worker.ended).toEqual({ type: 'over' });
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

    it('a study that ends while its server is away leaves no process behind', { timeout: 120_000 }, async () => {
      const controller = processes.closing(server.url);
      await controller.saw('open');
      await server.stop('SIGKILL');
      controller.child.stdin?.write('close\n');
      await controller.saw('closed');
      await controller.ended;
      expect(controller.child.exitCode).toBe(0);
    });

    it(
      'a worker that was cut off while its study ended gives its trial up, and knows why',
      { timeout: 120_000 },
      async () => {
        const cable = await openNetwork(server.url);
        const study = studyForWorkers();
        const controller = await openController(server.url, { study });
        const worker = await openWorker(cable.url, study.id, runOf(endless), { pace: { silence: 100, look: 200 } });
        await controller.waitForWorker();
        const now = new AbortController();
        const outcomes: (Outcome | undefined)[] = [];
        let reports = 0;
        const run = { ...runOfTrial(folder, outcomes), onReport: () => (reports++, 'continue' as const) };
        const running = controller.run([run], 0, now.signal);
        await eventually(() => expect(reports).toBeGreaterThan(0));
        cable.cut();
        now.abort();
        await running;
        await controller.close();
        cable.mend();
        expect(await worker.ended).toEqual({ type: 'over' });
        await worker.close();
        cable.close();
        expect(await leftIn(server.url, study.id)).toEqual([]);
      },
    );

    it('a worker with a trial waits for a controller that died, but not for ever', { timeout: 120_000 }, async () => {
      const study = 'died';
      const controller = processes.controller(join(folder, 'run'), server.url, study, 3);
      await controller.saw('open');
      const pace = { silence: 3000, look: 200, patience: 1000 };
      const worker = await openWorker(server.url, study, runOf(endless), { pace });
      await controller.saw('placed');
      controller.child.kill('SIGKILL');
      expect(await worker.ended).toEqual({ type: 'lost' });
      await worker.close();
    });

    it(
      'a worker whose controller says what it cannot read leaves, and names both versions',
      { timeout: 60_000 },
      async () => {
        const study = studyForWorkers();
        const link = await QueueLink.open(parseAddress(server.url), { pace: QUICK });
        const newer = { type: 'study', study: { ...study, version: '99.0.0', more: true } };
        const controller = link.consume(reportsOf(study.id), () => Promise.resolve(newer), { concurrency: 100 });
        const worker = await openWorker(server.url, study.id, idle);
        await expect(worker.ended).rejects.toThrow(
          /at study: .*\(the worker is hpo [\d.]+, the controller hpo 99\.0\.0\)/,
        );
        await worker.close();
        await controller.close();
        await link.close();
      },
    );

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
