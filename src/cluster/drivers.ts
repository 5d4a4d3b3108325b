// Chooses BullMQ's back end by the address. The packages are loaded when they are first needed: a study on one machine never does.
import type * as bullmqModule from 'bullmq';
import { HpoError } from '../study/errors.js';
import type { QueueAddress } from './address.js';
import type { Driver } from './driver.js';
import { openPostgres } from './postgres-driver.js';
import { openRedis } from './redis-driver.js';

/** @throws HpoError ERR_USAGE where a package is missing; whatever the client throws where the server cannot be reached or refuses. */
export async function openDriver(address: QueueAddress): Promise<Driver> {
  const bullmq = await loaded<typeof bullmqModule>(address, () => import('bullmq'));
  if (address.kind === 'redis') {
    const { Redis } = await loaded(address, () => import('ioredis'));
    return openRedis(address, bullmq, Redis);
  }
  const { default: pg } = await loaded(address, () => import('pg'));
  return openPostgres(address, bullmq, pg);
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
