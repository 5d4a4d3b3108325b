// BullMQ's queues, consumers and events as the contract of drivers has them: each comes to life as soon as its server is there.
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../study/errors.js';
import type { JobConsumer, JobEvents, JobQueue } from './driver.js';
import { Lasting, type LastingOptions, RETRY } from './lasting.js';

interface Readied {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
}

export function lastingQueue(open: () => JobQueue): JobQueue {
  const queue = new Lasting({ open, close: (opened) => opened.close() });
  return {
    on: (event, listener) => queue.on(event, listener),
    waitUntilReady: () => queue.ready,
    close: () => queue.close(),
    add: async (name, data, options) => (await queue.ready).add(name, data, options),
    getJob: async (id) => (await queue.ready).getJob(id),
    getWaiting: async () => (await queue.ready).getWaiting(),
    getWorkers: async () => (await queue.ready).getWorkers(),
    getJobCountByTypes: async (...types) => (await queue.ready).getJobCountByTypes(...types),
    remove: async (id) => (await queue.ready).remove(id),
    drain: async () => (await queue.ready).drain(),
    obliterate: async (options) => removed(await queue.ready, options),
  };
}

/** Of two that remove a queue at the same time. */
const TRIES = 10;

/**
 * BullMQ pauses a queue before it removes it. Whoever removes it at the same time removes that pause as well, or leaves of it one event, so
 * that the second one is refused; what is left goes with the next try.
 */
async function removed(queue: JobQueue, options: Parameters<JobQueue['obliterate']>[0]): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    try {
      return await queue.obliterate(options);
    } catch (error) {
      if (tries === TRIES || !messageOf(error).includes('non-paused')) throw error;
    }
  }
}

export function lastingConsumer<T extends Readied>(options: LastingOptions<T>): JobConsumer {
  const consumer = new Lasting(options);
  return {
    on: (event, listener) => consumer.on(event, listener),
    waitUntilReady: () => consumer.ready,
    close: (force) => consumer.close(force),
  };
}

/** Events that are read as soon as `run` is called, until they are closed. */
interface RunnableEvents extends JobEvents {
  run(): Promise<void>;
}

export function lastingEvents(open: () => RunnableEvents): JobEvents {
  const closed = new WeakSet<RunnableEvents>();
  const read = async (opened: RunnableEvents): Promise<void> => {
    while (!closed.has(opened)) {
      try {
        return await opened.run();
      } catch (error) {
        // The server is away, or went before the first look at it.
        events.tell(error);
        await delay(RETRY, undefined, { ref: false });
      }
    }
  };
  const events: Lasting<RunnableEvents> = new Lasting<RunnableEvents>({
    open: () => {
      const opened = open();
      opened.on('completed', (args) => events.emit('completed', args));
      opened.on('failed', (args) => events.emit('failed', args));
      void read(opened);
      return opened;
    },
    close: (opened) => {
      closed.add(opened);
      return opened.close();
    },
  });
  return {
    on: (event: string, listener: Parameters<typeof events.on>[1]) => events.on(event, listener),
    waitUntilReady: () => events.ready,
    close: () => events.close(),
  };
}
