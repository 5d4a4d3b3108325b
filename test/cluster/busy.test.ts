// Workers and controllers that are busy or were stopped: nobody is taken for gone who is only slow. Without a server.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Processor } from '../../src/cluster/driver.js';
import { Untaken, lostAmong } from '../../src/cluster/lost-offers.js';
import { Machines } from '../../src/cluster/machines.js';
import { Offer } from '../../src/cluster/offer.js';
import { TrialServer } from '../../src/cluster/serve-trials.js';
import type { TrialRun, TrialRunner } from '../../src/study/trial-runner.js';
import { type Asked, type FakeLinkOptions, fakeLink } from './support/fake-link.js';
import { QUICK } from './support/scene.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const MINUTE = 60_000;
const facts = { host: 'a', pid: 1, slots: 2, devices: ['cpu 1', 'cpu 2'], kind: { processor: 'any', versions: '1' } };
const assignment = { trial: 0, parameters: {}, seed: 1, reported: 0, digest: 'd', folder: '0' };

interface Scene {
  readonly take: (job: string, start: number) => Promise<unknown>;
  readonly ended: Promise<unknown>;
  readonly leave: () => void;
  readonly asked: (Asked & { readonly held?: readonly string[] })[];
}

/** A worker with two slots, whose trials report once a second until they are ended. */
async function openServer(options: FakeLinkOptions): Promise<Scene> {
  const asked: Asked[] = [];
  let processor: Processor | undefined;
  const link = fakeLink({
    ...options,
    pace: { patience: 10 * MINUTE, ...options.pace },
    onConsume: (_, given) => (processor = given),
    answer: (question) => {
      asked.push(question);
      return options.answer(question);
    },
  });
  const runner: TrialRunner = {
    slots: 2,
    async run([trial], _, signal) {
      for (let epoch = 1; !signal.aborted; epoch++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const verdict = await trial?.onReport({ epoch, metrics: {} });
        if (verdict !== 'continue') break;
      }
      trial?.onEnd(undefined);
    },
    close: () => Promise.resolve(),
  };
  const leave = new AbortController();
  const server = new TrialServer({
    ...{ link, study: 's', worker: 'w', machine: facts, runner, leave: leave.signal },
    folderOf: (folder) => folder,
  });
  const ended = server.serve();
  await vi.advanceTimersByTimeAsync(0);
  return {
    ...{ ended, asked, leave: () => leave.abort() },
    take: async (id, attemptsStarted) => processor?.({ id, data: {}, attemptsStarted }),
  };
}

/** Whether it has ended so far. */
function watch(ended: Promise<unknown>): { isOver: boolean } {
  const seen = { isOver: false };
  void ended.then(() => (seen.isOver = true));
  return seen;
}

it('a worker waits for a controller that the server knows, though no question is answered', async () => {
  const { take, ended } = await openServer({
    isRead: () => true,
    answer: ({ type }) => ({ ready: { type: 'welcome' }, bye: { type: 'noted' } })[type],
  });
  const seen = watch(ended);
  void take('job', 1);
  await vi.advanceTimersByTimeAsync(9 * MINUTE);
  expect(seen.isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(await ended).toEqual({ type: 'lost' });
});

it('a worker that leaves waits no longer for a controller that is gone than one that stays', async () => {
  let release = (): void => {};
  const consumed = new Promise<void>((resolve) => (release = resolve));
  const { take, ended, leave } = await openServer({
    consumed,
    answer: ({ type }) => {
      if (type === 'taken') return { type: 'train', trials: [assignment] };
      return { ready: { type: 'welcome' }, bye: { type: 'noted' } }[type];
    },
  });
  const seen = watch(ended);
  void take('job', 1).then(release);
  // Its report waits for an answer.
  await vi.advanceTimersByTimeAsync(2000);
  leave();
  await vi.advanceTimersByTimeAsync(12 * MINUTE);
  expect(seen.isOver).toBe(true);
  expect(await ended).toEqual({ type: 'left' });
});

it('a worker whose reports are answered stays, whatever becomes of its question for news', async () => {
  const { take, ended, leave } = await openServer({
    answer: ({ type }) => {
      if (type === 'taken') return { type: 'train', trials: [assignment] };
      if (type === 'report') return { type: 'verdict', verdict: 'continue' };
      return { ready: { type: 'welcome' }, ended: { type: 'noted' }, bye: { type: 'noted' } }[type];
    },
  });
  const seen = watch(ended);
  void take('job', 1);
  await vi.advanceTimersByTimeAsync(30 * MINUTE);
  expect(seen.isOver).toBe(false);
  leave();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(await ended).toEqual({ type: 'left' });
});

it('a worker that is given its own job again, and told to leave it, still says that it has it', async () => {
  let hasNews = 0;
  const { take, asked, leave, ended } = await openServer({
    answer: (question) => {
      const { type, attempt } = question as Asked & { attempt?: { start: number } };
      if (type === 'taken') return attempt?.start === 1 ? { type: 'train', trials: [assignment] } : { type: 'abandon' };
      if (type === 'report') return { type: 'verdict', verdict: 'continue' };
      if (type === 'attend') return hasNews-- > 0 ? { type: 'news', turn: 0, items: [] } : undefined;
      return { ready: { type: 'welcome' } }[type] ?? { type: 'noted' };
    },
  });
  void take('job', 1);
  const again = take('job', 2);
  await vi.advanceTimersByTimeAsync(0);
  await again;
  hasNews = 1;
  await vi.advanceTimersByTimeAsync(10_000);
  const attended = asked.filter(({ type }) => type === 'attend');
  expect(attended.at(-1)?.held).toEqual(['job']);
  leave();
  await vi.advanceTimersByTimeAsync(MINUTE);
  await ended;
});

it.each([true, false])('a leaving worker removes nothing of a controller that is there (%s)', async (isRead) => {
  const removed: string[] = [];
  const { ended, leave } = await openServer({
    ...{ jobs: 0, isRead: () => isRead, onRemoved: (name) => removed.push(name) },
    answer: ({ type }) => (type === 'ready' ? { type: 'welcome' } : undefined),
  });
  leave();
  await vi.advanceTimersByTimeAsync(MINUTE);
  await ended;
  expect(removed.includes('s.trials')).toBe(!isRead && removed.includes('s.reports'));
});

function meet(notices: string[] = []): Machines {
  const machines = new Machines({
    ...{ pace: QUICK, maxFailuresInARow: 3, onChange: () => {} },
    onNotice: (line) => notices.push(line),
  });
  machines.join('a', facts);
  return machines;
}

it('a controller that was stopped for long takes no worker for silent before it has read what they said', async () => {
  const machines = meet();
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10 * MINUTE);
  await vi.advanceTimersByTimeAsync(QUICK.silence / 3);
  expect(machines.slots).toBe(2);
  await vi.advanceTimersByTimeAsync(QUICK.silence);
  expect(machines.slots).toBe(0);
  machines.close();
});

function offerOf(job: string): Offer {
  const run: TrialRun = {
    assignment: { trial: 0, parameters: {}, seed: 1, reported: 0, directory: '/0' },
    ...{ signal: new AbortController().signal, onReport: () => 'continue', onEnd: () => {} },
  };
  const offer = new Offer({ slot: 0, runs: [run], root: '/', tell: () => {} });
  offer.job = job;
  return offer;
}

it('a trial that was taken since its worker asked for news is not lost', async () => {
  const machines = meet();
  void machines.attend('a', 0, []);
  const offer = offerOf('1');
  offer.take('a', { offer: '1', start: 1 });
  machines.hold('a', '1');
  const queue = { getJob: () => Promise.resolve(undefined) };
  const lost = async (): Promise<Offer[]> => {
    const all: Offer[] = [];
    for await (const one of lostAmong([offer], queue, machines, () => {})) all.push(one);
    return all;
  };
  expect(await lost()).toEqual([]);
  void machines.attend('a', 0, []);
  expect(await lost()).toEqual([offer]);
  machines.close();
});

it('people are told once when nobody takes what is offered, and again after somebody did', () => {
  const notices: string[] = [];
  const machines = meet();
  const untaken = new Untaken((line) => notices.push(line));
  const [one, two] = [offerOf('1'), offerOf('2')];
  for (let looks = 0; looks < 5; looks++) untaken.look([one, two], machines);
  expect(notices).toEqual([
    'waiting for workers: 2 jobs of trials are offered, and none of 2 idle slots has taken one for long',
  ]);
  one.take('a', { offer: '1', start: 1 });
  two.take('a', { offer: '2', start: 1 });
  const third = offerOf('3');
  // Every slot is busy: that one waits is as it should be.
  for (let looks = 0; looks < 5; looks++) untaken.look([one, two, third], machines);
  expect(notices).toHaveLength(1);
  machines.leave('a');
  for (let looks = 0; looks < 5; looks++) untaken.look([third], machines);
  expect(notices.at(-1)).toBe('waiting for workers: 1 job of trials is offered, and no worker is there');
  machines.close();
});
