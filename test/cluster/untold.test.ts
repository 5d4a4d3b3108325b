// What is said while nobody answers: its size does not grow with the time.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TrialServer } from '../../src/cluster/serve-trials.js';
import { UntoldLines } from '../../src/cluster/untold-lines.js';
import type { TrialRunner } from '../../src/study/trial-runner.js';
import { type Asked, fakeLink } from './support/fake-link.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a worker says nothing new before the controller has heard what it said', async () => {
  /** A question that the server has lost is asked again. */
  const said = new Set<string>();
  const answer = (question: Asked): object | undefined => {
    if (question.type === 'said') said.add(JSON.stringify(question));
    return { ready: { type: 'welcome' }, bye: { type: 'noted' } }[question.type];
  };
  const runner: TrialRunner = { slots: 1, run: () => Promise.resolve(), close: () => Promise.resolve() };
  const machine = { host: 'a', pid: 1, slots: 1, devices: ['cpu 1'], kind: { processor: 'any', versions: '1' } };
  const leave = new AbortController();
  const server = new TrialServer({
    ...{ link: fakeLink({ answer }), study: 's', worker: 'w', machine, runner, leave: leave.signal },
    folderOf: (folder) => folder,
  });
  const ended = server.serve();
  await vi.advanceTimersByTimeAsync(0);
  for (let second = 0; second < 20; second++) {
    server.log(0, `line ${second}`);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect([...said]).toEqual([expect.stringContaining('"line 0"')]);
  leave.abort();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await ended).toEqual({ type: 'left' });
});

it('keeps the last lines of a slot, and says how many are left out', () => {
  const untold = new UntoldLines();
  for (let line = 0; line < 100_000; line++) untold.add(1, `line ${line}`);
  untold.add(2, 'other');
  expect(untold.slots).toEqual([1, 2]);
  const [first = '', ...lines] = untold.take(1);
  expect(first).toBe(`… ${100_000 - lines.length} lines are left out: the queue was out of reach`);
  expect([lines.length < 2000, lines.at(-1)]).toEqual([true, 'line 99999']);
  expect([untold.take(1), untold.take(2)]).toEqual([[], ['other']]);
});
