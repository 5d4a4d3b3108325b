// What the controller answers, message by message: without a server, workers' questions come from here.
import { EventEmitter } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { ClusterRunner } from '../../src/cluster/cluster-runner.js';
import { digestOf } from '../../src/cluster/digest.js';
import type { Processor } from '../../src/cluster/driver.js';
import type { QueueLink } from '../../src/cluster/link.js';
import type { WrittenMessage } from '../../src/cluster/messages.js';
import type { Pace } from '../../src/cluster/pace.js';
import type { TrialRun } from '../../src/study/trial-runner.js';
import { eventually } from '../eventually.js';
import { QUICK, studyForWorkers } from './support/scene.js';

const EPYC = { processor: 'EPYC', versions: '1' };

interface Scene {
  readonly controller: ClusterRunner;
  /** Ids of jobs that were offered. */
  readonly offered: string[];
  readonly say: (message: WrittenMessage) => Promise<unknown>;
}

const scenes: Scene[] = [];
afterEach(async () => {
  await Promise.all(scenes.splice(0).map(({ controller }) => controller.close()));
});

async function open(pace: Partial<Pace> = {}): Promise<Scene> {
  const offered: string[] = [];
  const answers: Processor[] = [];
  const queue = {
    drain: () => Promise.resolve(),
    obliterate: () => Promise.resolve(),
    remove: () => Promise.resolve(1),
    getJob: () => Promise.resolve({}),
  };
  const link = {
    pace: { ...QUICK, leave: 0, ...pace },
    queue: () => queue,
    consume: (_: string, answer: Processor) => {
      answers.push(answer);
      return Object.assign(new EventEmitter(), { close: () => Promise.resolve() });
    },
    persistently: (act: () => Promise<unknown>) => act(),
    close: () => Promise.resolve(),
  };
  Object.assign(queue, { add: (_: string, __: unknown, { jobId }: { jobId: string }) => offered.push(jobId) });
  const controller = await ClusterRunner.open({ link: link as unknown as QueueLink, study: studyForWorkers() });
  const [answer] = answers;
  if (answer === undefined) throw new Error('expected a consumer of reports');
  const scene = { controller, offered, say: (data: WrittenMessage) => answer({ data, attemptsStarted: 1 }) };
  scenes.push(scene);
  return scene;
}

function ready(worker: string, kind: { processor: string; versions: string }): WrittenMessage {
  return { type: 'ready', worker, machine: { host: worker, pid: 1, slots: 1, devices: ['cpu 1'], kind } };
}

function report(worker: string, attempt: { offer: string; start: number }): WrittenMessage {
  const said = { lines: [], warnings: [] };
  return {
    type: 'report',
    worker,
    attempt,
    trials: [{ trial: 0, digest: digestOf(trial.assignment), reported: 1 }],
    trial: 0,
    report: { epoch: 2, metrics: { score: 1 } },
    ...said,
  };
}

const trial: TrialRun = {
  assignment: { trial: 0, parameters: {}, seed: 1, reported: 1, directory: '/0' },
  signal: new AbortController().signal,
  trainedOn: EPYC,
  onReport: () => 'stop',
  onEnd: () => {},
};

it('a trial stays with a worker that lives, though the server has given it to another one', async () => {
  const { controller, offered, say } = await open();
  await say(ready('a', EPYC));
  await say(ready('b', EPYC));
  const running = controller.run([trial], 0, new AbortController().signal);
  const [offer = ''] = offered;
  expect(await say({ type: 'taken', worker: 'a', attempt: { offer, start: 1 }, slot: 0 })).toMatchObject({
    type: 'train',
  });
  expect(await say({ type: 'taken', worker: 'b', attempt: { offer, start: 2 }, slot: 0 })).toEqual({ type: 'abandon' });
  expect(await say(report('a', { offer, start: 1 }))).toEqual({ type: 'verdict', verdict: 'stop' });
  await say({ type: 'returned', worker: 'a', attempt: { offer, start: 1 } });
  await running;
});

it('a trial from before the controller was started again is taken over also while it is kept for another machine', async () => {
  const { controller, offered, say } = await open();
  await say(ready('xeon', { processor: 'Xeon', versions: '1' }));
  await say(ready('epyc', EPYC));
  const running = controller.run([trial], 0, new AbortController().signal);
  const [offer = ''] = offered;
  expect(await say({ type: 'taken', worker: 'xeon', attempt: { offer, start: 1 }, slot: 0 })).toEqual({
    type: 'abandon',
  });
  const before = { offer: 'earlier-7', start: 1 };
  expect(await say(report('epyc', before))).toEqual({ type: 'verdict', verdict: 'stop' });
  await say({ type: 'returned', worker: 'epyc', attempt: before });
  await running;
  await eventually(() => expect(offered).toEqual([offer]));
});

it('a worker that comes back while the study is being closed is told that it is over', async () => {
  const { controller, say } = await open({ leave: 10_000 });
  await say(ready('a', EPYC));
  const closing = controller.close();
  const attend = (worker: string): Promise<unknown> => say({ type: 'attend', worker, seen: 0, held: [] });
  const over = { type: 'news', items: [{ type: 'leave' }] };
  expect(await attend('a')).toMatchObject(over);
  await say(ready('b', EPYC));
  expect(await attend('b')).toMatchObject(over);
  for (const worker of ['a', 'b']) await say({ type: 'bye', worker });
  await closing;
});
