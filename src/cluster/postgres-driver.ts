// BullMQ on PostgreSQL.
import type * as bullmqModule from 'bullmq';
import type pgModule from 'pg';
import type { QueueAddress } from './address.js';
import { checkClock } from './clock.js';
import { type Driver, JOB_OPTIONS, type Processor, SERVER_TIMES } from './driver.js';
import { lastingConsumer, lastingEvents, lastingQueue } from './lasting-jobs.js';

/** Connections that one part of BullMQ may open, besides one that listens. */
const POOL = 2;
/**
 * Jobs that a consumer takes before it begins with the first of them. BullMQ takes as many as there are and may be performed at once, one
 * after the other, and renews no lock meanwhile. Hundreds of waiting jobs would lose their locks before the first one begins, again and again.
 */
const AHEAD = 16;
/**
 * Seconds that a consumer waits for news of a job before it looks by itself. After an error BullMQ would wait for an hour, and news are
 * lost with the connection that listens.
 */
const LONGEST_WAIT = 10;

/**
 * One connection alone makes the tables, where they are missing.
 * @throws HpoError ERR_QUEUE where the clocks of this machine and the server differ.
 */
export async function openPostgres(
  address: QueueAddress,
  { Queue, Worker, QueueEvents, createPostgresBackend }: typeof bullmqModule,
  { Client }: typeof pgModule,
): Promise<Driver> {
  const connection = {
    ...{ connectionString: address.url, max: POOL, keepAlive: true },
    ...{ connectionTimeoutMillis: SERVER_TIMES.connect, query_timeout: SERVER_TIMES.answer },
  };
  const migrating = { ...connection, migrate: true };
  const first = new Queue('hpo', { connection: migrating, skipMetasUpdate: true }, createPostgresBackend);
  first.on('error', () => {}); // waitUntilReady rejects as well
  try {
    await first.waitUntilReady();
    await compareClocks(new Client(connection), address.shown);
  } finally {
    await first.close().catch(() => {});
  }
  return {
    queue: (name) =>
      lastingQueue(
        () =>
          new Queue(name, { connection, defaultJobOptions: JOB_OPTIONS, skipMetasUpdate: true }, createPostgresBackend),
      ),
    consume: (name, processor, options) =>
      lastingConsumer({
        open: () => {
          const most = options.concurrency;
          let running = 0;
          const allow = (): number => Math.min(most, running + AHEAD);
          const counted: Processor = async (job) => {
            running++;
            worker.concurrency = allow();
            return processor(job).finally(() => {
              running--;
              worker.concurrency = allow();
            });
          };
          const first = { ...options, concurrency: allow() };
          const worker = new Worker(name, counted, { connection, ...first }, createPostgresBackend);
          return Object.defineProperty(worker, 'maximumBlockTimeout', { value: LONGEST_WAIT });
        },
        close: (worker, force) => worker.close(force),
      }),
    events: (name) => lastingEvents(() => new QueueEvents(name, { connection, autorun: false }, createPostgresBackend)),
    close: () => {},
  };
}

async function compareClocks(client: pgModule.Client, shown: string): Promise<void> {
  client.on('error', () => {}); // queries reject as well
  await client.connect();
  try {
    const before = Date.now();
    const { rows } = await client.query<{ now: string }>('select extract(epoch from clock_timestamp()) * 1000 as now');
    checkClock(Number(rows[0]?.now), before, Date.now(), shown);
  } finally {
    await client.end();
  }
}
