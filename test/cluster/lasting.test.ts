// What is opened while its server is away comes to life once the server is there.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/cluster/address.js';
import { QueueLink } from '../../src/cluster/link.js';
import { RoundTrips } from '../../src/cluster/round-trips.js';
import type { TrialRun } from '../../src/study/trial-runner.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { QUICK, openController, openWorker, studyForWorkers } from './support/scene.js';
import { SERVERS, type TestServer } from './support/servers.js';

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      let server: TestServer;
      let link: QueueLink;
      beforeEach(async () => {
        server = await kind.open();
        link = await QueueLink.open(parseAddress(server.url), { pace: QUICK });
      });
      afterEach(async () => {
        await link.close();
        await server.remove();
      });

      it('a question that is asked while the server is away is answered', { timeout: 60_000 }, async () => {
        await server.stop('SIGKILL');
        const name = randomUUID();
        link.consume(name, () => Promise.resolve({ type: 'noted' }), { concurrency: 1 });
        const trips = new RoundTrips(link, name);
        const answer = trips.ask({ type: 'bye', worker: 'w' });
        await failed(link);
        await server.start();
        expect(await answer).toEqual({ type: 'noted' });
        await trips.close();
      });

      it('what waits for a server that is away is closed soon', { timeout: 60_000 }, async () => {
        await server.stop('SIGKILL');
        const trips = new RoundTrips(link, randomUUID());
        const answer = trips.ask({ type: 'bye', worker: 'w' });
        const refused = expect(answer).rejects.toThrow('the queue is closed');
        await trips.close();
        await refused;
      });

      it('a worker without trials keeps its study while the server is away', { timeout: 60_000 }, async () => {
        const study = studyForWorkers();
        const controller = await openController(server.url, { study });
        const pace = { silence: 2000, hold: 500, look: 100 };
        const worker = await openWorker(server.url, study.id, runner, { pace });
        const lost = worker.ended.then((end) =>
          Promise.reject(new Error(`expected a worker that stays, got ${end.type}`)),
        );
        await controller.waitForWorker();
        await server.stop('SIGKILL');
        // Longer than it waits for an answer.
        await Promise.race([delay(7000), lost]);
        await server.start();
        const ended = new Promise(
          (resolve) => void controller.run([runOfTrial(resolve)], 0, new AbortController().signal),
        );
        expect(await Promise.race([ended, lost])).toEqual({ status: 'completed' });
        lost.catch(() => {}); // the study is over
        await Promise.all([controller.close(), worker.close()]);
      });
    },
  );
}

const runner = (): Promise<InProcessRunner> =>
  Promise.resolve(
    new InProcessRunner({
      slots: 1,
      async *train() {
        await Promise.resolve();
        yield { epoch: 1, metrics: { score: 1 } };
      },
    }),
  );

function runOfTrial(onEnd: TrialRun['onEnd']): TrialRun {
  return {
    assignment: { trial: 0, parameters: {}, seed: 1, reported: 0, directory: '/0' },
    signal: new AbortController().signal,
    onReport: () => 'continue',
    onEnd,
  };
}

/** Resolves once something that is opened has found the server away. */
async function failed(link: QueueLink): Promise<void> {
  const events = link.events(randomUUID());
  await new Promise((resolve) => events.on('error', resolve));
  await events.close().catch(() => {}); // it was never open
}
