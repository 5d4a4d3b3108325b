// BullMQ on Redis and on PostgreSQL, as one contract. The packages are loaded when they are first needed: a study on one machine never does.
import type * as bullmqModule from 'bullmq';
import { HpoError } from '../study/errors.js';
import type { QueueAddress } from './address.js';

type BullMq = typeof bullmqModule;

/** What is done with a job: its data come from outside. What it resolves to is the job's return value. */
export type Processor = (job: {
  readonly id?: string | undefined;
  readonly data: unknown;
  /** How often the server has given the job out. */
  readonly attemptsStarted: number;
}) => Promise<unknown>;

interface Opened {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<unknown>;
}

export type JobState = 'waiting' | 'active' | 'delayed' | 'prioritized';

export interface JobQueue extends Opened {
  add(name: string, data: unknown, options: { readonly jobId: string }): Promise<unknown>;
  getJob(id: string): Promise<unknown>;
  getWaiting(): Promise<readonly { readonly data: unknown }[]>;
  getWorkers(): Promise<readonly Readonly<Record<string, string>>[]>;
  getJobCountByTypes(...types: readonly JobState[]): Promise<number>;
  /** 1 where it was there and nobody had it. */
  remove(id: string): Promise<number>;
  drain(): Promise<unknown>;
  obliterate(options: { readonly force: boolean }): Promise<unknown>;
}

export interface JobConsumer extends Opened {
  close(force?: boolean): Promise<unknown>;
}

export interface JobEvents extends Opened {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'completed', listener: (args: { readonly jobId: string; readonly returnvalue: unknown }) => void): unknown;
  on(event: 'failed', listener: (args: { readonly jobId: string }) => void): unknown;
}

export interface ConsumerOptions {
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly lockRenewTime: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
  readonly runRetryDelay: number;
  readonly name?: string;
}

export interface Driver {
  queue(name: string): JobQueue;
  consume(name: string, processor: Processor, options: ConsumerOptions): JobConsumer;
  events(name: string): JobEvents;
  close(): void;
}

/** Milliseconds in which a server has to answer when it is first asked. */
const CONNECT = 10_000;
/** Milliseconds between two tries to reach a server that was lost. */
export const RETRY = 1000;
/** Of keys in Redis. The braces keep them together in a cluster of servers. */
const PREFIX = '{hpo}';
/** Nobody looks at jobs that are over. */
const defaultJobOptions = { removeOnComplete: true, removeOnFail: true };

/** @throws HpoError ERR_USAGE where a package is missing; whatever the client throws where the server cannot be reached or refuses. */
export async function openDriver(address: QueueAddress): Promise<Driver> {
  const bullmq = await loaded(address, () => import('bullmq'));
  return address.kind === 'redis' ? openRedis(address, bullmq) : openPostgres(address, bullmq);
}

/** One connection for all that need not block, which waits for its server, however long that is away. */
async function openRedis(address: QueueAddress, { Queue, Worker, QueueEvents }: BullMq): Promise<Driver> {
  const { Redis } = await loaded(address, () => import('ioredis'));
  let isOpen = false;
  let problem: Error | undefined;
  const connection = new Redis(address.url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT,
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
    queue: (name) => new Queue(name, { ...base, defaultJobOptions, skipMetasUpdate: true }),
    consume: (name, processor, options) => {
      const worker = new Worker(name, processor, { ...base, ...options });
      // Without force, BullMQ waits for its blocking connection to end, which one that has lost its server never does.
      const closing = { close: (force = false) => worker.close(force || connection.status !== 'ready') };
      return {
        on: (event, listener) => worker.on(event, listener),
        waitUntilReady: () => worker.waitUntilReady(),
        ...closing,
      };
    },
    events: (name) => new QueueEvents(name, base),
    close: () => {
      isOpen = false; // no connection tries again
      connection.disconnect();
    },
  };
}

/** Connections that one part of BullMQ may open, besides one that listens. */
const POOL = 2;

/** One connection alone makes the tables, where they are missing. */
async function openPostgres(
  address: QueueAddress,
  { Queue, Worker, QueueEvents, createPostgresBackend }: BullMq,
): Promise<Driver> {
  await loaded(address, () => import('pg'));
  const connection = { connectionString: address.url, max: POOL, keepAlive: true, connectionTimeoutMillis: CONNECT };
  const migrating = { ...connection, migrate: true };
  const first = new Queue('hpo', { connection: migrating, skipMetasUpdate: true }, createPostgresBackend);
  first.on('error', () => {}); // waitUntilReady rejects as well
  try {
    await first.waitUntilReady();
  } finally {
    await first.close().catch(() => {});
  }
  return {
    queue: (name) => new Queue(name, { connection, defaultJobOptions, skipMetasUpdate: true }, createPostgresBackend),
    consume: (name, processor, options) =>
      new Worker(name, processor, { connection, ...options }, createPostgresBackend),
    events: (name) => new QueueEvents(name, { connection }, createPostgresBackend),
    close: () => {},
  };
}

const PACKAGES = { redis: 'bullmq@6 ioredis@5', postgres: 'bullmq@6 pg@8' } as const;

async function loaded<T>({ kind }: QueueAddress, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const install = `npm install ${PACKAGES[kind]}`;
    throw new HpoError('ERR_USAGE', `expected the packages that a queue needs, found them not installed: ${install}`, {
      cause: error,
    });
  }
}
