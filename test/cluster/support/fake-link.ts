// A link without a server: what is asked goes to a function, whose value is the answer.
import { EventEmitter } from 'node:events';
import type { Processor } from '../../../src/cluster/driver.js';
import type { QueueLink } from '../../../src/cluster/link.js';
import type { Pace } from '../../../src/cluster/pace.js';
import { QUICK } from './scene.js';

export interface Asked {
  readonly type: string;
}

export interface FakeLinkOptions {
  /** The answer to a question; undefined: none comes. Throws where the server does not take it. */
  readonly answer: (asked: Asked) => object | undefined;
  readonly pace?: Partial<Pace>;
  /** How many jobs each queue has. */
  readonly jobs?: number;
  /** Whether the server knows of a controller. Default: no. */
  readonly isRead?: () => boolean;
  /** Whether the server says that the study has ended. Default: no. */
  readonly isOver?: boolean;
  /** When those who perform jobs are closed. */
  readonly consumed?: Promise<void>;
  /** What the server says when a controller begins. */
  readonly drain?: () => Promise<unknown>;
  /** Told that a queue is removed. */
  readonly onRemoved?: (name: string) => void;
  /** Told what is closed: `link`, or the name of a queue whose jobs were performed. */
  readonly onClose?: (name: string) => void;
  /** Given whoever performs a queue's jobs. */
  readonly onConsume?: (name: string, processor: Processor) => void;
}

export function fakeLink(options: FakeLinkOptions): QueueLink {
  const done = (): Promise<void> => Promise.resolve();
  const { answer, drain = done, consumed = done(), onClose, onConsume } = options;
  const events = Object.assign(new EventEmitter(), { waitUntilReady: done, close: done });
  const queueOf = (name: string): object => ({
    waitUntilReady: done,
    close: done,
    getJob: () => Promise.resolve(name.endsWith('.open') && options.isOver !== true ? {} : undefined),
    remove: () => Promise.resolve(1),
    getWorkers: () => Promise.resolve(options.isRead?.() === true ? [{}] : []),
    getJobCountByTypes: () => Promise.resolve(options.jobs ?? 1),
    drain,
    obliterate: () => Promise.resolve(options.onRemoved?.(name)),
    async add(_: string, asked: Asked, { jobId }: { jobId: string }) {
      await Promise.resolve();
      const returnvalue = answer(asked);
      if (returnvalue !== undefined) setImmediate(() => events.emit('completed', { jobId, returnvalue }));
    },
  });
  const link = {
    pace: { ...QUICK, leave: 0, ...options.pace },
    queue: queueOf,
    events: () => events,
    problem: () => {},
    persistently: (act: () => Promise<unknown>) => act(),
    refused: (error: unknown) => error,
    consume(name: string, processor: Processor) {
      onConsume?.(name, processor);
      return { close: () => (onClose?.(name), consumed) };
    },
    close: () => Promise.resolve(onClose?.('link')),
  };
  return link as unknown as QueueLink;
}
