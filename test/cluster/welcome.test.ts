// Workers that look for a study: several may be run at one queue, and not every machine can take part in each.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Machines } from '../../src/cluster/machines.js';
import { PROTOCOL } from '../../src/cluster/messages.js';
import { welcomeTo } from '../../src/cluster/welcome.js';
import { QUICK, studyForWorkers } from './support/scene.js';

let machines: Machines;
beforeEach(() => {
  vi.useFakeTimers();
  machines = new Machines({ pace: QUICK, maxFailuresInARow: 3, onChange: () => {}, onNotice: () => {} });
});
afterEach(() => {
  machines.close();
  vi.useRealTimers();
});

const hello = { type: 'hello' as const, protocol: PROTOCOL, worker: 'w', host: 'h', version: '0.1.0' };

it('leaves a worker that cannot take part to other studies', async () => {
  const study = studyForWorkers();
  expect(await welcomeTo(study, machines, { ...hello, unfit: ['another'] })).toEqual({ type: 'study', study });
  const answering = welcomeTo(study, machines, { ...hello, unfit: ['another', study.id] });
  await vi.advanceTimersByTimeAsync(1000);
  expect(await answering).toEqual({ type: 'noted' });
});

it('refuses a worker of another version in words', async () => {
  const study = studyForWorkers();
  expect(await welcomeTo(study, machines, { ...hello, protocol: PROTOCOL - 1 })).toEqual({
    type: 'refused',
    reason: "the study runs on hpo 0.0.0, the worker is hpo 0.1.0: install the study's version here",
  });
});
