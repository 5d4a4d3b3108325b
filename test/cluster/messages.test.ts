// Messages over a queue: what is written is read, and what is unknown is refused.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAnswer, readMessage, writtenOutcome, writtenReport } from '../../src/cluster/messages.js';

const attempt = { offer: 'a-1', start: 1 };
const about = {
  worker: 'w',
  attempt,
  trials: [{ trial: 3, digest: 'd', reported: 1 }],
  trial: 3,
  lines: [],
  warnings: [],
};

it('brings any report over as it is, numbers included that JSON does not know', () => {
  const metrics = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
    fc.double().map((value) => value + 0),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), metrics, (epoch, values) => {
      const report = { epoch, metrics: { ...values }, seconds: 1, detail: { confusion: [[1, 2]], predictions: [0] } };
      const sent: unknown = JSON.parse(JSON.stringify({ ...about, type: 'report', report: writtenReport(report) }));
      expect(readMessage(sent)).toEqual({ ...about, type: 'report', report });
    }),
  );
});

it.each([
  ['nothing', undefined],
  ['an unknown type', { type: 'execute', worker: 'w', command: 'rm' }],
  ['an unknown field', { type: 'bye', worker: 'w', module: '/tmp/evil.mjs' }],
  ['a missing field', { type: 'bye' }],
  ['a negative epoch', { ...about, type: 'report', report: { epoch: -1, metrics: {} } }],
  [
    'a fault that is no code',
    { ...about, type: 'ended', outcome: { status: 'failed', kind: 'crashed', message: '', fault: { code: 'X' } } },
  ],
  [
    'an outcome that only a controller decides',
    { ...about, type: 'ended', outcome: { status: 'pruned', epoch: 1, reason: '' } },
  ],
])('refuses %s', (_, message) => {
  expect(() => readMessage(message)).toThrow(/expected a message of a worker/);
});

it('refuses an answer that tells a worker to do something else', () => {
  expect(() => readAnswer({ type: 'execute', command: 'rm' })).toThrow(/expected an answer of the controller/);
  expect(() => readAnswer({ type: 'verdict', verdict: 'restart' })).toThrow(/at verdict/);
});

it('names the version of each side where a worker of another one says what is not known here', () => {
  const newer = { type: 'greeting', worker: 'w', version: '99.0.0' };
  expect(() => readMessage(newer)).toThrow(/\(the controller is hpo [\d.]+, the worker hpo 99\.0\.0\)$/);
  expect(() => readMessage({ type: 'greeting' })).toThrow(/the worker does not say its version\)$/);
});

it('reads the first words of other versions, so that they can be refused', () => {
  const hello = { type: 'hello', protocol: 99, worker: 'w', host: 'h', version: '99.0.0' };
  expect(readMessage({ ...hello, features: ['x'] })).toEqual(hello);
  expect(readAnswer({ type: 'refused', reason: 'r', protocol: 99 })).toEqual({ type: 'refused', reason: 'r' });
});

it('tells no outcome that follows from a verdict', () => {
  expect(writtenOutcome({ status: 'pruned', epoch: 1, reason: 'r' })).toBeUndefined();
  expect(writtenOutcome({ status: 'completed' })).toEqual({ status: 'completed' });
});

it.each(['../../home', '/etc', 'a/../../b', 'a//b', '', '..\\x'])('refuses %j as the folder of a trial', (folder) => {
  const trial = { trial: 0, parameters: {}, seed: 1, reported: 0, digest: 'd' };
  expect(readAnswer({ type: 'train', trials: [{ ...trial, folder: '3' }] })).toMatchObject({ type: 'train' });
  expect(() => readAnswer({ type: 'train', trials: [{ ...trial, folder }] })).toThrow(/at trials.0.folder/);
});

it('shortens a failure that is too long for a message', () => {
  const outcome = writtenOutcome({ status: 'failed', kind: 'crashed', message: 'x'.repeat(30_000) });
  expect(readMessage({ ...about, type: 'ended', outcome })).toMatchObject({ outcome: { kind: 'crashed' } });
});
