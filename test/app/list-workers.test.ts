// Who is at a queue, on real servers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listWorkers } from '../../src/app/list-workers.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { eventually } from '../eventually.js';
import { rising } from '../controller/scene.js';
import { openController, openWorker, studyForWorkers } from '../cluster/support/scene.js';
import { SERVERS, type TestServer } from '../cluster/support/servers.js';

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      let server: TestServer;
      beforeAll(async () => {
        server = await kind.open();
      });
      afterAll(() => server.remove());

      it('lists the workers of a study while it is run', async () => {
        expect(await listWorkers(server.url)).toMatchObject({ studies: [], idle: [] });
        const study = studyForWorkers({ name: 'pets' });
        const controller = await openController(server.url, { study });
        const worker = await openWorker(server.url, study.id, (onLog) =>
          Promise.resolve(new InProcessRunner({ train: rising, slots: 3, onLog })),
        );
        await controller.waitForWorker();
        await eventually(async () => {
          expect((await listWorkers(server.url)).studies).toMatchObject([
            { study: 'pets', workers: [{ machine: { host: 'here', slots: 3 }, trials: [], ended: 0 }] },
          ]);
        });
        await Promise.all([controller.close(), worker.ended]);
        await worker.close();
      });
    },
  );
}
