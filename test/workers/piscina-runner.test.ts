// The runner of worker threads and of child processes: the contract of all runners, and what only a thread or a process can survive.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PiscinaRunner, type SlotSetup } from '../../src/workers/piscina-runner.js';
import { BEHAVIOURS, abortAfter, assignment, describeRunner, train } from './runner-contract.js';

const trainer = { module: BEHAVIOURS };
const MEBIBYTE = 2 ** 20;

function setupOf(kind: SlotSetup['kind'], limit?: number): SlotSetup {
  return {
    kind,
    env: {},
    memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0, ...(limit === undefined ? {} : { limit }) },
  };
}

const completed = { status: 'completed' };

describe.each(['thread', 'process'] as const)('with a %s for each slot', (kind) => {
  describeRunner('PiscinaRunner', (onLog, onWarning) =>
    PiscinaRunner.open({ trainer, slots: [setupOf(kind)], onLog, onWarning }),
  );

  const log: string[] = [];
  let runner: PiscinaRunner;
  beforeAll(async () => {
    runner = await PiscinaRunner.open({
      trainer,
      slots: [setupOf(kind, kind === 'process' ? 400 * MEBIBYTE : undefined)],
      onLog: (_, line) => log.push(line),
      ...(kind === 'thread' ? { resourceLimits: { maxOldGenerationSizeMb: 96 } } : {}),
    });
  });
  afterAll(() => runner.close());

  it.each<[string, 'crashed' | 'out-of-memory', RegExp, { fault: 'chance' } | object, 'process'?]>([
    ['exit', 'crashed', /exited with code: 3/, {}],
    ['reject', 'crashed', /nobody waits for this/, {}],
    ['fillHeap', 'out-of-memory', /memory limit|JavaScript heap|uses more memory/, {}],
    ['segfault', 'crashed', /ended by SIGSEGV: a crash in native code/, { fault: 'chance' }, 'process'],
    ['abort', 'crashed', /ended by SIGABRT/, { fault: 'chance' }, 'process'],
    ['fillMemory', 'out-of-memory', /uses more memory than its limit of 0.39 GiB/, {}, 'process'],
  ])('a slot survives a trial that does %s', async (behaviour, failure, message, more, needs) => {
    if (needs === 'process' && kind === 'thread') return; // it would take this process with it
    const before = runner.state()[0]?.pid;
    const { outcome } = await train(runner, assignment(behaviour));
    expect(outcome).toEqual({
      status: 'failed',
      kind: failure,
      message: expect.stringMatching(message) as string,
      ...more,
    });
    expect((await train(runner, assignment('plain'))).outcome).toEqual(completed);
    if (kind === 'process') expect(runner.state()[0]?.pid).not.toBe(before);
  });

  it('a trial that never comes up for air ends when everything is to end', async () => {
    const everything = new AbortController();
    const options = { decide: abortAfter(everything), signal: everything.signal };
    expect((await train(runner, assignment('spin'), options)).outcome).toBeUndefined();
    expect((await train(runner, assignment('plain'))).outcome).toEqual(completed);
  });

  it('a trainer that ends when its signal fires keeps its thread and process', async () => {
    const everything = new AbortController();
    let started = 0;
    const count = (): number => started++;
    const before = runner.state()[0]?.pid;
    process.on('worker', count);
    await train(runner, assignment('throwIfAborted'), { decide: abortAfter(everything), signal: everything.signal });
    process.off('worker', count);
    expect([started, runner.state()[0]?.pid]).toEqual([0, before]);
  });

  it('what a trainer prints goes to the log, not to the terminal', async () => {
    log.length = 0;
    await train(runner, assignment('print'));
    expect(log).toEqual(['printed 1', 'printed 2', 'printed 3']);
  });

  it('numbers that are not finite arrive as they are', async () => {
    const { reports } = await train(runner, assignment('plain', { trial: NaN }));
    expect(reports[0]?.metrics['score']).toBeNaN();
  });

  it('a trainer is told how many shares of the processor it may take, also during a trial', async () => {
    const own = await PiscinaRunner.open({ trainer, slots: [setupOf(kind)] });
    try {
      own.shareCores(3);
      const { reports } = await train(own, assignment('share'), {
        decide: ({ epoch }) => {
          if (epoch === 2) own.shareCores(1.5);
          return 'continue';
        },
      });
      expect(reports.map(({ metrics }) => metrics['score'])).toEqual([3, 3, 1.5]);
      expect((await train(own, assignment('share'))).reports[0]?.metrics['score']).toBe(1.5);
    } finally {
      await own.close();
    }
  });
});

describe('a child process that has just started', () => {
  it.each([
    ['for a trial that is kept apart', 'thread', { apart: true }],
    ['in place of one that crashed', 'process', {}],
  ] as const)('%s knows the share that was set meanwhile', async (_, kind, more) => {
    const own = await PiscinaRunner.open({ trainer, slots: [setupOf(kind)] });
    try {
      if (kind === 'process') await train(own, assignment('segfault'));
      own.shareCores(3);
      const going = train(own, assignment('share', more));
      // The task is with the thread by then, and a process takes far longer to start.
      await delay(20);
      own.shareCores(1);
      expect((await going).reports.map(({ metrics }) => metrics['score'])).toEqual([1, 1, 1]);
    } finally {
      await own.close();
    }
  });

  it('ends a trial that was given up meanwhile', async () => {
    const own = await PiscinaRunner.open({ trainer, slots: [setupOf('thread')] });
    const giveUp = new AbortController();
    try {
      const going = train(own, assignment('throwIfAborted', { apart: true }), { giveUp: giveUp.signal });
      await delay(20);
      giveUp.abort();
      expect((await going).outcome).toBeUndefined();
    } finally {
      await own.close();
    }
  });
});

it('two slots train at once, each in a thread of its own', async () => {
  const two = await PiscinaRunner.open({ trainer, slots: 2 });
  try {
    const running: string[] = [];
    let release = (): void => {};
    const both = new Promise<void>((resolve) => (release = resolve));
    const meet = (slot: number) => async () => {
      running.push(`slot ${slot}`);
      if (running.length === 2) release();
      await both;
      return 'stop' as const;
    };
    await Promise.all([0, 1].map((slot) => train(two, assignment('plain'), { decide: meet(slot), slot })));
    expect(running.sort()).toEqual(['slot 0', 'slot 1']);
  } finally {
    await two.close();
  }
});

describe('the child process of a trainer', () => {
  it('may send messages of its own, which change nothing', async () => {
    const log: string[] = [];
    const runner = await PiscinaRunner.open({
      trainer,
      slots: [setupOf('process')],
      onLog: (_, line) => log.push(line),
    });
    try {
      const { outcome, reports } = await train(runner, assignment('send'));
      expect(outcome).toEqual(completed);
      expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
      expect(log).toContain("the trainer sent a message, which nobody reads: 'ready'");
      expect(log).toContain('the trainer sent a message, which nobody reads: an object with type');
    } finally {
      await runner.close();
    }
  });

  it.each([
    [2, 'is started again where it is killed while it loads the trainer'],
    [3, 'is given up where it is killed every time'],
  ])('%i kills: it %s', async (kills) => {
    const file = join(mkdtempSync(join(tmpdir(), 'hpo-loading-')), 'kills');
    writeFileSync(file, String(kills));
    const module = new URL('./trainers/killed-while-loading.mjs', import.meta.url).href;
    const opening = PiscinaRunner.open({ trainer: { module, settings: { file } }, slots: [setupOf('process')] });
    if (kills > 2) {
      await expect(opening).rejects.toMatchObject({ code: 'ERR_TRAINER_MODULE' });
      expect(readFileSync(file, 'utf8')).toBe('0');
      return;
    }
    const runner = await opening;
    expect((await train(runner, assignment('plain'))).outcome).toEqual(completed);
    await runner.close();
  });
});
