// Whoever leaves a study's queue removes what is left of it: two that do so at once leave nothing either.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/cluster/address.js';
import { QueueLink } from '../../src/cluster/link.js';
import { leftIn } from './support/left-in.js';
import { QUICK } from './support/scene.js';
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

      it('controller and workers that remove a queue at once leave nothing', { timeout: 60_000 }, async () => {
        const links = await Promise.all(
          Array.from({ length: 3 }, () => QueueLink.open(parseAddress(server.url), { pace: QUICK })),
        );
        const queues = links.map((link) => link.queue('removed.reports'));
        for (let round = 0; round < 30; round++) {
          await queues[0]?.add('job', {}, { jobId: `job.${round}` });
          await Promise.all(queues.map((queue) => queue.obliterate({ force: true })));
        }
        expect(await leftIn(server.url, 'removed')).toEqual([]);
        await Promise.all(links.map((link) => link.close()));
      });
    },
  );
}
