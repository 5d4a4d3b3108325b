// Hundreds of jobs of one consumer on PostgreSQL, with a lock shorter than what it takes to take them all: each is performed once.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseAddress } from '../../src/cluster/address.js';
import { QueueLink } from '../../src/cluster/link.js';
import { must } from '../../src/system/must.js';
import { eventually } from '../eventually.js';
import { QUICK } from './support/scene.js';
import { SERVERS } from './support/servers.js';

const postgres = SERVERS.find(({ name }) => name === 'postgres');
const JOBS = 600;

it.skipIf(postgres?.missing !== undefined)(
  `each is performed once${postgres?.missing === undefined ? '' : `: ${postgres.missing}`}`,
  { timeout: 120_000 },
  async () => {
    const server = await must(postgres, 'PostgreSQL').open();
    const link = await QueueLink.open(parseAddress(server.url), { pace: { ...QUICK, lock: 2000 } });
    try {
      const name = randomUUID();
      const queue = link.queue(name);
      const ids = Array.from({ length: JOBS }, (_, i) => `job-${i}`);
      await Promise.all(ids.map((jobId) => queue.add('job', {}, { jobId })));
      const performed: string[] = [];
      let end = (): void => {};
      const all = new Promise<void>((resolve) => (end = resolve));
      link.consume(
        name,
        async ({ id = '' }) => {
          performed.push(id);
          if (performed.length === JOBS) end();
          await all;
        },
        { concurrency: JOBS },
      );
      await eventually(async () => {
        expect(performed.length).toBeGreaterThanOrEqual(JOBS);
        expect(await queue.getJobCountByTypes('waiting', 'active')).toBe(0);
      });
      expect(performed.toSorted()).toEqual(ids.toSorted());
    } finally {
      await link.close();
      await server.remove();
    }
  },
);
