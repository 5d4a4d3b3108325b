// A controller that comes after another one, and workers that have kept their trials: only what goes on from what the study knows is taken over.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { claimOf } from '../../src/cluster/claims.js';
import { type ClusterOptions, ClusterRunner } from '../../src/cluster/cluster-runner.js';
import { digestOf } from '../../src/cluster/digest.js';
import type { Processor } from '../../src/cluster/driver.js';
import type { WrittenMessage } from '../../src/cluster/messages.js';
import { marksOf } from '../../src/cluster/queue-names.js';
import type { Assignment } from '../../src/study/trial-runner.js';
import type { Outcome } from '../../src/study/trial.js';
import { checkClaim, writeClaim } from '../../src/system/claim.js';
import { eventually } from '../eventually.js';
import { fakeLink } from './support/fake-link.js';
import { studyForWorkers } from './support/scene.js';

/** The study knows five epochs of it. */
const ASSIGNMENT: Assignment = { trial: 0, parameters: { x: 1, y: 2 }, seed: 1, reported: 5, directory: '/trials/0' };
const OLD = { offer: 'before-1', start: 1 };

let controller: ClusterRunner;
afterEach(() => controller.close());

interface Scene {
  readonly say: (message: WrittenMessage) => Promise<unknown>;
  /** Offers the trial. */
  readonly run: () => Promise<void>;
  readonly offered: string[];
  readonly told: (number | Outcome | undefined)[];
}

async function open(more: Partial<ClusterOptions> = {}): Promise<Scene> {
  const [offered, told, processors]: [string[], Scene['told'], Processor[]] = [[], [], []];
  const link = fakeLink({ answer: () => undefined, onConsume: (_, processor) => processors.push(processor) });
  const queue = link.queue('');
  const add = queue.add.bind(queue);
  queue.add = (name, data, options) => (offered.push(options.jobId), add(name, data, options));
  // One queue for whoever asks, but for the study's mark.
  const mark = link.queue(marksOf('study'));
  Object.assign(link, { queue: (name: string) => (name.endsWith('.open') ? mark : queue) });
  controller = await ClusterRunner.open({ link, study: studyForWorkers({ trials: '/trials' }), ...more });
  const say: Scene['say'] = (data) => processors[0]?.({ data, attemptsStarted: 1 }) ?? Promise.reject(new Error());
  const machine = { host: 'h', pid: 1, slots: 1, devices: ['cpu 1'], kind: { processor: 'any', versions: '1' } };
  await say({ type: 'ready', worker: 'w', machine });
  const run = {
    assignment: ASSIGNMENT,
    trainedOn: machine.kind,
    signal: new AbortController().signal,
    onReport: ({ epoch }: { epoch: number }) => (told.push(epoch), 'continue' as const),
    onEnd: (outcome: Outcome | undefined) => told.push(outcome),
  };
  return { say, offered, told, run: () => controller.run([run], 0, new AbortController().signal) };
}

function held(of: Assignment, reported: number): Pick<Extract<WrittenMessage, { type: 'ended' }>, 'trials'> {
  return { trials: [{ trial: 0, digest: digestOf(of), reported }] };
}
const about = { worker: 'w', attempt: OLD, trial: 0, lines: [], warnings: [] };
const report = (of: Assignment, epoch: number): WrittenMessage => ({
  ...{ ...about, ...held(of, epoch - 1), type: 'report' as const },
  report: { epoch, metrics: { f1: 1 } },
});

it('takes a trial over that goes on where the study is', async () => {
  const { say, run, told } = await open();
  const running = run();
  const reordered = { ...ASSIGNMENT, parameters: { y: 2, x: 1 } };
  expect(await say(report(reordered, 6))).toEqual({ type: 'verdict', verdict: 'continue' });
  await say({ ...about, ...held(ASSIGNMENT, 6), type: 'ended', outcome: { status: 'completed' } });
  await running;
  expect(told).toEqual([6, { status: 'completed' }]);
});

it('takes a trial over that was kept for its worker', async () => {
  const { say, run, offered, told } = await open();
  const kind = { processor: 'another', versions: '1' };
  await say({ type: 'ready', worker: 'other', machine: { host: 'o', pid: 2, slots: 1, devices: ['cpu 1'], kind } });
  const running = run();
  await eventually(() => expect(offered).toHaveLength(1));
  vi.useFakeTimers();
  const attempt = { offer: offered[0] ?? '', start: 1 };
  expect(await say({ type: 'taken', worker: 'other', attempt, slot: 0 })).toEqual({ type: 'abandon' });
  expect(await say(report(ASSIGNMENT, 6))).toEqual({ type: 'verdict', verdict: 'continue' });
  // When it would have been offered again.
  await vi.advanceTimersByTimeAsync(2000);
  vi.useRealTimers();
  expect(await say(report(ASSIGNMENT, 7))).toEqual({ type: 'verdict', verdict: 'continue' });
  await say({ ...about, ...held(ASSIGNMENT, 7), type: 'ended', outcome: { status: 'completed' } });
  await running;
  expect(offered).toHaveLength(1);
  expect(told).toEqual([6, 7, { status: 'completed' }]);
});

const others: readonly (readonly [string, WrittenMessage])[] = [
  ['an epoch after one that the study lost', report(ASSIGNMENT, 7)],
  [
    'the end of epochs that it lost',
    { ...about, ...held(ASSIGNMENT, 6), type: 'ended', outcome: { status: 'completed' } },
  ],
  ['a report of other parameters', report({ ...ASSIGNMENT, parameters: { x: 1, y: 3 } }, 6)],
  ['a report with another seed', report({ ...ASSIGNMENT, seed: 2 }, 6)],
];

it.each(others)('abandons %s, whether it is offered before or after', async (_, message) => {
  for (const isOfferedFirst of [true, false]) {
    const { say, run, offered, told } = await open();
    const early = isOfferedFirst ? run() : undefined;
    const answering = say(message);
    const running = early ?? run();
    await eventually(() => expect(offered).toHaveLength(1));
    expect(await answering).toMatchObject({ type: message.type === 'report' ? 'abandon' : 'noted' });
    const attempt = { offer: offered[0] ?? '', start: 1 };
    expect(await say({ type: 'taken', worker: 'w', attempt, slot: 0 })).toMatchObject({ type: 'train' });
    await say({ ...about, ...held(ASSIGNMENT, 5), attempt, type: 'ended', outcome: { status: 'completed' } });
    await running;
    expect(told).toEqual([{ status: 'completed' }]);
    if (isOfferedFirst) await controller.close();
  }
});

it("a trial's folder is that of the attempt that has it, and of none once the trial is over", async () => {
  const claims = join(mkdtempSync(join(tmpdir(), 'hpo-claims-')), 'claims');
  const { say, run, offered } = await open({ claims });
  const running = run();
  await eventually(() => expect(offered).toHaveLength(1));
  const [offer = ''] = offered;
  const [first, second] = [1, 2].map((start) => claimOf(claims, { offer, start }, '0'));
  if (first === undefined || second === undefined) throw new Error('expected two attempts');
  await say({ type: 'taken', worker: 'w', attempt: { offer, start: 1 }, slot: 0 });
  checkClaim(first);
  await say({ type: 'bye', worker: 'w' });
  await say({ type: 'taken', worker: 'other', attempt: { offer, start: 2 }, slot: 0 });
  expect(() => checkClaim(first)).toThrow('found another one');
  checkClaim(second);
  const ended = { ...about, ...held(ASSIGNMENT, 5), type: 'ended' as const, outcome: { status: 'completed' as const } };
  await say({ ...ended, worker: 'other', attempt: { offer, start: 2 } });
  await running;
  expect(() => checkClaim(second)).toThrow('found another one');
  rmSync(dirname(claims), { recursive: true });
});

it('the claim of a trial that was taken over goes with the trial', async () => {
  const claims = join(mkdtempSync(join(tmpdir(), 'hpo-claims-')), 'claims');
  const { say, run } = await open({ claims });
  const claim = claimOf(claims, OLD, '0');
  // As the controller before has left it.
  writeClaim(claim);
  const running = run();
  await say(report(ASSIGNMENT, 6));
  checkClaim(claim);
  await say({ ...about, ...held(ASSIGNMENT, 6), type: 'ended', outcome: { status: 'completed' } });
  await running;
  expect(existsSync(claim.file)).toBe(false);
  rmSync(dirname(claims), { recursive: true });
});
