// A worker that the controller refuses: without a server, the controller's answers come from here.
import { expect, it } from 'vitest';
import { TrialServer } from '../../src/cluster/serve-trials.js';
import type { TrialRunner } from '../../src/study/trial-runner.js';
import { type Asked, fakeLink } from './support/fake-link.js';

it('asks for no more news once it is refused, while its trials end', async () => {
  const asked: string[] = [];
  let release = (): void => {};
  const trained = new Promise<void>((resolve) => (release = resolve));
  const answer = (question: Asked): object => {
    asked.push(question.type);
    if (question.type === 'attend') return { type: 'unknown' };
    if (question.type !== 'ready') return { type: 'noted' };
    return asked.length === 1 ? { type: 'welcome' } : { type: 'refused', reason: 'its disk is full' };
  };
  const link = fakeLink({ answer, consumed: trained });
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

it('asks nothing more once its study is over', async () => {
  const asked: string[] = [];
  const answer = (question: Asked): object => {
    asked.push(question.type);
    if (question.type === 'attend') return { type: 'news', turn: 1, items: [{ type: 'leave' }] };
    return question.type === 'ready' ? { type: 'welcome' } : { type: 'noted' };
  };
  const link = fakeLink({ answer, consumed: Promise.resolve() });
  const runner: TrialRunner = { slots: 1, run: () => Promise.resolve() } as unknown as TrialRunner;
  const machine = { host: 'a', pid: 1, slots: 1, devices: [], kind: { processor: 'any', versions: '1' } };
  const server = new TrialServer({ link, study: 's', worker: 'w', machine, runner, folderOf: (folder) => folder });
  expect(await server.serve()).toEqual({ type: 'over' });
  expect(asked).toEqual(['ready', 'attend', 'bye']);
});
