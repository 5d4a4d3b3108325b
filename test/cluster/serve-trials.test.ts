// A worker that the controller refuses: without a server, the controller's answers come from here.
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { QueueLink } from '../../src/cluster/link.js';
import { TrialServer } from '../../src/cluster/serve-trials.js';
import type { TrialRunner } from '../../src/study/trial-runner.js';
import { QUICK } from './support/scene.js';

interface Asked {
  readonly type: string;
}

/** A link whose questions `answer` answers. */
function linkTo(answer: (asked: Asked) => object, consumed: Promise<void>): QueueLink {
  const events = Object.assign(new EventEmitter(), {
    waitUntilReady: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
  const queue = {
    waitUntilReady: () => Promise.resolve(),
    close: () => Promise.resolve(),
    getJob: () => Promise.resolve({}),
    remove: () => Promise.resolve(1),
    add: (_: string, asked: Asked, { jobId }: { jobId: string }) => {
      setImmediate(() => events.emit('completed', { jobId, returnvalue: answer(asked) }));
      return Promise.resolve();
    },
  };
  const consumer = { close: () => consumed };
  return { pace: QUICK, queue: () => queue, events: () => events, consume: () => consumer } as unknown as QueueLink;
}

it('asks for no more news once it is refused, while its trials end', async () => {
  const asked: string[] = [];
  let release = (): void => {};
  const trained = new Promise<void>((resolve) => (release = resolve));
  const link = linkTo((question) => {
    asked.push(question.type);
    if (question.type === 'attend') return { type: 'unknown' };
    if (question.type !== 'ready') return { type: 'noted' };
    return asked.length === 1 ? { type: 'welcome' } : { type: 'refused', reason: 'its disk is full' };
  }, trained);
  const runner: TrialRunner = { slots: 1, run: () => Promise.resolve() } as unknown as TrialRunner;
  const machine = { host: 'a', pid: 1, slots: 1, devices: [], kind: { processor: 'any', versions: '1' } };
  const server = new TrialServer({ link, study: 's', worker: 'w', machine, runner, folderOf: (folder) => folder });
  const ended = server.serve();
  // Many turns of the event loop: a worker that asks again and again does so in each.
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  release();
  expect(await ended).toEqual({ type: 'dismissed', reason: 'its disk is full' });
  expect(asked).toEqual(['ready', 'attend', 'ready', 'bye']);
});
