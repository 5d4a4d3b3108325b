// BullMQ on Redis. One connection serves all that need not block; it waits for its server, however long that is away.
import type * as bullmqModule from 'bullmq';
import type * as ioredisModule from 'ioredis';
import type { QueueAddress } from './address.js';
import { type Driver, JOB_OPTIONS, SERVER_TIMES } from './driver.js';
import { RETRY } from './lasting.js';
import { lastingConsumer, lastingEvents, lastingQueue } from './lasting-jobs.js';

/** Of keys. The braces keep them together in a cluster of servers. */
const PREFIX = '{hpo}';

export async function openRedis(
  address: QueueAddress,
  { Queue, Worker, QueueEvents }: typeof bullmqModule,
  Redis: typeof ioredisModule.Redis,
): Promise<Driver> {
  let isOpen = false;
  let problem: Error | undefined;
  const connection = new Redis(address.url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: SERVER_TIMES.connect,
    socketTimeout: SERVER_TIMES.answer,
    retryStrategy: () => (isOpen ? RETRY : null),
  });
  connection.on('error', (error: Error) => (problem = error));
  try {
    await connection.connect();
    await connection.ping();
    isOpen = true;
  } catch (error) {
    connection.disconnect();
    throw problem ?? error;
  }
  const base = { connection, prefix: PREFIX };
  return {
    queue: (name) =>
      lastingQueue(() => new Queue(name, { ...base, defaultJobOptions: JOB_OPTIONS, skipMetasUpdate: true })),
    consume: (name, processor, options) =>
      lastingConsumer({
        open: () => new Worker(name, processor, { ...base, ...options }),
        // Without force, BullMQ waits for its blocking connection to end, which one that has lost its server never does.
        close: (worker, force) => worker.close(force || connection.status !== 'ready'),
      }),
    events: (name) => lastingEvents(() => new QueueEvents(name, { ...base, autorun: false })),
    close: () => {
      isOpen = false; // no connection tries again
      connection.disconnect();
    },
  };
}
