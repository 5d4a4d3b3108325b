// The runner over a queue: the contract of all runners, on real servers.
import { afterAll, beforeAll, describe } from 'vitest';
import { ClusterRunner } from '../../src/cluster/cluster-runner.js';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { BEHAVIOURS, describeRunner } from '../workers/runner-contract.js';
import { openController, openWorker, studyForWorkers } from './support/scene.js';
import { SERVERS, type TestServer } from './support/servers.js';

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      let server: TestServer;
      beforeAll(async () => {
        server = await kind.open();
      });
      afterAll(() => server.remove());

      describeRunner('ClusterRunner', async (onLog, onWarning) => {
        const study = studyForWorkers();
        const controller = await openController(server.url, { study, onLog, onWarning });
        const worker = await openWorker(server.url, study.id, (log, warn) =>
          PiscinaRunner.open({ trainer: { module: BEHAVIOURS }, slots: 1, onLog: log, onWarning: warn }),
        );
        await controller.waitForWorker();
        return Object.assign(controller, {
          close: async () => {
            await Promise.all([ClusterRunner.prototype.close.call(controller), worker.ended]);
            await worker.close();
          },
        });
      });
    },
  );
}
