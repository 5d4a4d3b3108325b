// The runner of worker threads: what only a thread can survive.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/study/trial.js';
import { PiscinaRunner, type SlotSetup } from '../../src/workers/piscina-runner.js';
import { BEHAVIOURS, assignment, describeRunner, train } from './runner-contract.js';

const trainer = { module: BEHAVIOURS };

describeRunner('PiscinaRunner', (onLog) => PiscinaRunner.open({ trainer, slots: 1, onLog }));

describe('a thread', () => {
  const log: string[] = [];
  let runner: PiscinaRunner;
  beforeAll(async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 96 };
    runner = await PiscinaRunner.open({ trainer, slots: 1, onLog: (_, line) => log.push(line), resourceLimits });
  });
  afterAll(() => runner.close());

  it.each([
    ['exit', 'crashed', /exited with code: 3/],
    ['reject', 'crashed', /nobody waits for this/],
    ['fillHeap', 'out-of-memory', /memory limit/],
  ])('survives a trial that does %s', async (behaviour, kind, message) => {
    const { outcome } = await train(runner, assignment(behaviour));
    expect(outcome).toMatchObject({ status: 'failed', kind });
    expect(outcome).toHaveProperty('message', expect.stringMatching(message));
    expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'finished' });
  });

  it('is ended by an abort even while it never comes up for air', async () => {
    const controller = new AbortController();
    const decide = (): 'continue' => {
      setImmediate(() => controller.abort());
      return 'continue';
    };
    const { outcome } = await train(runner, assignment('spin'), decide, controller.signal);
    expect(outcome).toEqual({ status: 'aborted' });
    expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'finished' });
  });

  it('hands what a trainer prints to the log, not to the terminal', async () => {
    log.length = 0;
    await train(runner, assignment('print'));
    expect(log).toEqual(['printed 1', 'printed 2', 'printed 3']);
  });

  it.each(['thread', 'process'] as const)(
    'a %s is told how many shares it may take, also during a trial',
    async (kind) => {
      const setup: SlotSetup = { kind, env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };
      const lent = await PiscinaRunner.open({ trainer, slots: [setup] });
      try {
        lent.lend(3);
        const take = ({ epoch }: Report): 'continue' => {
          if (epoch === 2) lent.lend(1.5);
          return 'continue';
        };
        const { reports } = await train(lent, assignment('share'), take);
        expect(reports.map(({ metrics }) => metrics['score'])).toEqual([3, 3, 1.5]);
        expect((await train(lent, assignment('share'))).reports[0]?.metrics['score']).toBe(1.5);
      } finally {
        await lent.close();
      }
    },
  );

  it.each([
    ['a trial that is kept apart', 'thread', { apart: true }],
    ['one whose child has to be replaced', 'process', {}],
  ] as const)('%s is told what was said while its child started', async (_, kind, more) => {
    const setup: SlotSetup = { kind, env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };
    const lent = await PiscinaRunner.open({ trainer, slots: [setup] });
    try {
      if (kind === 'process') await train(lent, assignment('segfault'));
      lent.lend(3);
      const going = train(lent, assignment('share', more));
      // The task is with the thread by then, and a process takes far longer to start.
      await delay(20);
      lent.lend(1);
      expect((await going).reports.map(({ metrics }) => metrics['score'])).toEqual([1, 1, 1]);
    } finally {
      await lent.close();
    }
  });

  it('gives a parallel trial in another slot its own thread', async () => {
    const two = await PiscinaRunner.open({ trainer, slots: 2 });
    try {
      const running: string[] = [];
      let release = (): void => {};
      const both = new Promise<void>((resolve) => (release = resolve));
      const meet = (slot: number) => async () => {
        running.push(`slot ${slot}`);
        if (running.length === 2) release();
        await both;
        return { action: 'stop' } as const;
      };
      const { signal } = new AbortController();
      await Promise.all([0, 1].map((slot) => two.run(assignment('plain'), slot, meet(slot), signal)));
      expect(running.sort()).toEqual(['slot 0', 'slot 1']);
    } finally {
      await two.close();
    }
  });
});
