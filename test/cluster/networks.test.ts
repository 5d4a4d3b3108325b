// Workers behind a network that delays, loses and is cut: their trials are told once each, as without it.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { leftIn } from './support/left-in.js';
import { type Network, openNetwork } from './support/network.js';
import { Processes, type Started, trialsOf, untilTold } from './support/processes.js';
import { SERVERS, type TestServer } from './support/servers.js';

const TRIALS = 12;
const PATIENCE = 200_000;
/** Milliseconds without a server: longer than a worker keeps its trials without it. HPO_TEST_OUTAGE: other seconds. */
const OUTAGE = Number(process.env['HPO_TEST_OUTAGE'] ?? 5) * 1000;

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      let server: TestServer;
      let folder: string;
      let study: string;
      let processes: Processes;
      const networks: Network[] = [];
      beforeEach(async () => {
        server = await kind.open();
        folder = mkdtempSync(join(tmpdir(), 'hpo-networks-'));
        study = `s-${randomUUID().slice(0, 8)}`;
        processes = new Processes({ HPO_TEST_PAUSE: '60' });
      });
      afterEach(async () => {
        await processes.endAll();
        for (const network of networks.splice(0)) network.close();
        await server.remove();
        rmSync(folder, { recursive: true, force: true });
      });

      const network = async (...options: Parameters<typeof openNetwork>): Promise<Network> => {
        const opened = await openNetwork(...options);
        networks.push(opened);
        return opened;
      };
      const run = (): Started => processes.controller(join(folder, 'run'), server.url, study, TRIALS);
      /** Every trial has its five epochs once, in order, and is told once. */
      const checkTrials = async (): Promise<void> => {
        const trials = await trialsOf(join(folder, 'run'));
        expect(trials).toHaveLength(TRIALS);
        for (const { x, scores, outcomes } of trials) {
          expect(outcomes).toEqual(['completed']);
          expect(scores).toEqual([1, 2, 3, 4, 5].map((epoch) => Number(x) - 1 / epoch));
        }
        expect(await leftIn(server.url, study)).toEqual([]);
      };

      it('50 ms each way and 2 % of loss change no number', { timeout: PATIENCE }, async () => {
        const random = RandomStream.of('networks', kind.name);
        const { url } = await network(server.url, { delay: 50, loss: 0.02, random });
        const controller = run();
        const worker = processes.worker(url, study, 2, 'far');
        await controller.saw('finished');
        await controller.ended;
        await worker.saw('over');
        await checkTrials();
      });

      it('all wait for a server that is out of reach, and go on', { timeout: PATIENCE + OUTAGE }, async () => {
        const controller = run();
        const worker = processes.worker(server.url, study, 2, 'near');
        await untilTold(join(folder, 'run'), 2);
        await server.stop('SIGKILL');
        await delay(OUTAGE);
        await server.start();
        await controller.saw('finished');
        await controller.ended;
        await worker.saw('over');
        await checkTrials();
      });

      it('a worker whose cable is pulled loses its trials, and takes part again', { timeout: PATIENCE }, async () => {
        const cable = await network(server.url);
        const controller = run();
        const far = processes.worker(cable.url, study, 2, 'far');
        await controller.saw('on far');
        cable.cut();
        const near = processes.worker(server.url, study, 1, 'near');
        await controller.saw('on near');
        await untilTold(join(folder, 'run'), TRIALS - 4);
        cable.mend();
        await controller.saw('finished');
        await controller.ended;
        await Promise.all([far.saw('over'), near.saw('over')]);
        await checkTrials();
      });
    },
  );
}
