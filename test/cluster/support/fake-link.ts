// A link without a server: what is asked goes to a function, whose value is the answer.
import { EventEmitter } from 'node:events';
import type { QueueLink } from '../../../src/cluster/link.js';
import { QUICK } from './scene.js';

export interface Asked {
  readonly type: string;
}

export interface FakeLinkOptions {
  /** The answer to a question; undefined: none comes. Throws where the server does not take it. */
  readonly answer: (asked: Asked) => object | undefined;
  /** When those who perform jobs are closed. */
  readonly consumed?: Promise<void>;
}

export function fakeLink({ answer, consumed = Promise.resolve() }: FakeLinkOptions): QueueLink {
  const done = (): Promise<void> => Promise.resolve();
  const events = Object.assign(new EventEmitter(), { waitUntilReady: done, close: done });
  const queue = {
    waitUntilReady: done,
    close: done,
    getJob: () => Promise.resolve(undefined),
    remove: () => Promise.resolve(1),
    getJobCountByTypes: () => Promise.resolve(1),
    async add(_: string, asked: Asked, { jobId }: { jobId: string }) {
      await Promise.resolve();
      const returnvalue = answer(asked);
      if (returnvalue !== undefined) setImmediate(() => events.emit('completed', { jobId, returnvalue }));
    },
  };
  const link = { pace: QUICK, queue: () => queue, events: () => events, problem: () => {} };
  return Object.assign(link, { consume: () => ({ close: () => consumed }) }) as unknown as QueueLink;
}
