// A worker for one study says why it ends when the controller of that study no longer answers.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runWorker } from '../../src/app/run-worker.js';
import { parseAddress } from '../../src/cluster/address.js';
import { QueueLink } from '../../src/cluster/link.js';
import { HELLO } from '../../src/cluster/queue-names.js';
import { studyForWorkers } from '../cluster/support/scene.js';
import { SERVERS, type TestServer } from '../cluster/support/servers.js';

vi.mock('../../src/app/queue/serve-study.js', () => ({ serveStudy: () => Promise.resolve({ type: 'lost' }) }));

const [redis] = SERVERS;

describe.skipIf(redis?.missing !== undefined)(
  `on Redis${redis?.missing === undefined ? '' : `: ${redis.missing}`}`,
  () => {
    let server: TestServer;
    beforeEach(async () => {
      if (redis !== undefined) server = await redis.open();
    });
    afterEach(() => server.remove());

    it('a worker for one study fails when nobody answers it any more', { timeout: 60_000 }, async () => {
      const link = await QueueLink.open(parseAddress(server.url));
      const study = studyForWorkers({ name: 'photos' });
      link.consume(HELLO, () => Promise.resolve({ type: 'study', study }), { concurrency: 1 });
      const { signal } = new AbortController();
      const ended = runWorker(server.url, { leave: signal, leaveNow: signal, once: true });
      await expect(ended).rejects.toThrow('expected answers of the controller of study photos, got none for long');
      await link.close();
    });
  },
);
