// What every TrialRunner does, whatever it runs trials in. Each implementation's test calls this.
import { setMaxListeners } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment, TrialRunner, Verdict } from '../../src/study/trial-runner.js';
import type { Outcome, Report } from '../../src/study/trial.js';
import { eventually } from '../eventually.js';

const scratch = mkdtempSync(join(tmpdir(), 'hpo-runner-'));

export const BEHAVIOURS = new URL('./trainers/behaviours.mjs', import.meta.url).href;

export function assignment(behaviour: string, more: Partial<Assignment> = {}): Assignment {
  return { trial: 0, parameters: { behaviour }, seed: 1, directory: join(scratch, 'unused'), reported: 0, ...more };
}

export interface Trained {
  /** Undefined where the study ended the trial. */
  readonly outcome: Outcome | undefined;
  readonly reports: readonly Report[];
}

export interface TrainOptions {
  /** Gets each report. */
  readonly decide?: (report: Report) => Verdict | Promise<Verdict>;
  /** Gives the trial up. */
  readonly giveUp?: AbortSignal;
  /** Ends everything in the slot. */
  readonly signal?: AbortSignal;
  readonly slot?: number;
}

const never = new AbortController().signal;
setMaxListeners(0, never);

/** Runs a trial alone. */
export async function train(
  runner: TrialRunner,
  task: Assignment,
  { decide = () => 'continue', giveUp = never, signal = never, slot = 0 }: TrainOptions = {},
): Promise<Trained> {
  const reports: Report[] = [];
  const outcomes: (Outcome | undefined)[] = [];
  const onReport = (report: Report): Verdict | Promise<Verdict> => {
    reports.push(report);
    return decide(report);
  };
  const run = { assignment: task, signal: giveUp, onReport, onEnd: (outcome?: Outcome) => void outcomes.push(outcome) };
  await runner.run([run], slot, signal);
  expect(outcomes).toHaveLength(1);
  return { outcome: outcomes[0], reports };
}

/** Aborts once the report that it decides on has been answered. */
export function abortAfter(controller: AbortController, epoch = 1): NonNullable<TrainOptions['decide']> {
  return (report) => {
    if (report.epoch === epoch) setImmediate(() => controller.abort());
    return 'continue';
  };
}

export function describeRunner(
  name: string,
  open: (onLog: (slot: number, line: string) => void, onWarning: (message: string) => void) => Promise<TrialRunner>,
): void {
  describe(`${name} keeps the runner contract`, () => {
    const log: string[] = [];
    const warnings: string[] = [];
    let runner: TrialRunner;
    beforeAll(async () => {
      runner = await open(
        (slot, line) => log.push(`${slot}: ${line}`),
        (message) => warnings.push(message),
      );
    });
    afterAll(() => runner.close());
    it('reports every epoch in order and finishes', async () => {
      const { outcome, reports } = await train(runner, assignment('plain', { trial: 4 }));
      expect(outcome).toEqual({ status: 'completed' });
      expect(reports).toEqual([1, 2, 3].map((epoch) => ({ epoch, metrics: { score: epoch / 10 + 4 }, seconds: 0.5 })));
    });

    it('trains no further epoch after the verdict to stop, and lets the trainer clean up', async () => {
      const directory = mkdtempSync(join(scratch, 'trial-'));
      const { outcome, reports } = await train(runner, assignment('plain', { directory }), { decide: () => 'stop' });
      expect(outcome).toBeUndefined();
      expect(reports).toHaveLength(1);
      expect(existsSync(join(directory, 'freed'))).toBe(true);
    });

    it('pauses a trial where it is told to', async () => {
      const { outcome, reports } = await train(runner, assignment('plain'), {
        decide: ({ epoch }) => (epoch === 2 ? 'pause' : 'continue'),
      });
      expect(outcome).toBeUndefined();
      expect(reports).toHaveLength(2);
    });

    it('waits for a verdict that takes time', async () => {
      const order: string[] = [];
      await train(runner, assignment('plain'), {
        decide: async ({ epoch }): Promise<Verdict> => {
          order.push(`report ${epoch}`);
          await new Promise(setImmediate);
          order.push(`verdict ${epoch}`);
          return 'continue';
        },
      });
      expect(order).toEqual(['report 1', 'verdict 1', 'report 2', 'verdict 2', 'report 3', 'verdict 3']);
    });

    it('makes the trial’s folder when the trainer asks for it, not before', async () => {
      const directory = join(mkdtempSync(join(scratch, 'trial-')), 'deep', 'folder');
      await train(runner, assignment('folderless', { directory }));
      expect(existsSync(directory)).toBe(false);
      await train(runner, assignment('plain', { directory }));
      expect(existsSync(join(directory, 'freed'))).toBe(true);
    });

    it('tells the trainer how many epochs are known', async () => {
      const { reports } = await train(runner, assignment('resume', { reported: 2 }));
      expect(reports.map(({ epoch }) => epoch)).toEqual([3]);
    });

    it('reports a thrown error as a crash, with message and place', async () => {
      const { outcome, reports } = await train(runner, assignment('throw'));
      expect(outcome).toMatchObject({ status: 'failed', kind: 'crashed' });
      expect(outcome).toHaveProperty(
        'message',
        expect.stringMatching(/^TypeError: broke in epoch 2\n\s+at .*behaviours/),
      );
      expect(outcome).toHaveProperty('message', expect.not.stringContaining('drive-trials'));
      expect(reports).toHaveLength(1);
    });

    it('reports ERR_DIVERGED as diverged', async () => {
      const { outcome } = await train(runner, assignment('diverge'));
      expect(outcome).toEqual({ status: 'failed', kind: 'diverged', message: 'loss is NaN' });
    });

    it('reports a failed allocation as out-of-memory', async () => {
      const { outcome } = await train(runner, assignment('allocate'));
      expect(outcome).toMatchObject({ status: 'failed', kind: 'out-of-memory' });
    });

    it('reports ERR_OUT_OF_MEMORY as out-of-memory', async () => {
      const { outcome } = await train(runner, assignment('deviceMemory'));
      expect(outcome).toEqual({ status: 'failed', kind: 'out-of-memory', message: 'no memory on device' });
    });

    it.each([
      ['ENOSPC', 'the disk is full'],
      ['EFBIG', 'the file is longer than the system allows'],
      ['EROFS', 'the disk is read-only'],
      ['EIO', 'the disk is faulty'],
    ])('puts a disk that answers %s down to the machine, not to the trial', async (code, problem) => {
      const { outcome } = await train(runner, assignment('disk', { parameters: { behaviour: 'disk', code } }));
      expect(outcome).toMatchObject({ message: `${problem}: no checkpoint`, fault: { code: 'ERR_STORE' } });
    });

    it('puts a yield that is no report down to the trainer', async () => {
      const { outcome, reports } = await train(runner, assignment('nonsense'));
      expect(outcome).toMatchObject({ message: 'expected a report { epoch, metrics }, got 3', fault: 'trainer' });
      expect(reports).toEqual([]);
    });

    it('lets a verdict stand when the cleanup after it breaks', async () => {
      const { outcome } = await train(runner, assignment('badCleanup'), { decide: () => 'stop' });
      expect(outcome).toBeUndefined();
      await eventually(() => expect(log).toContain('0: the trainer failed while it was being ended: cleanup broke'));
    });

    it.each(['signal', 'giveUp'] as const)(
      'fires the trainer’s signal when the %s of a trial does, and the slot works on',
      async (which) => {
        const abort = new AbortController();
        log.length = 0;
        const training = train(runner, assignment('listen'), { [which]: abort.signal });
        await eventually(() => expect(log).toContain('0: listening'));
        abort.abort();
        const { outcome, reports } = await training;
        expect([outcome, reports.length]).toEqual([undefined, 1]);
        await eventually(() => expect(log).toContain('0: given up'));
        expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'completed' });
      },
    );

    it('does not count an error as a failure that a trainer throws because its signal fired', async () => {
      const giveUp = new AbortController();
      const { outcome } = await train(runner, assignment('throwIfAborted'), {
        decide: abortAfter(giveUp),
        giveUp: giveUp.signal,
      });
      expect(outcome).toBeUndefined();
    });

    it('hands over the next report of a trainer that ignores its signal, and ends it there', async () => {
      const giveUp = new AbortController();
      giveUp.abort();
      const { outcome, reports } = await train(runner, assignment('plain'), { giveUp: giveUp.signal });
      expect([outcome, reports.length]).toEqual([undefined, 1]);
    });

    it('ends a trial that never comes to its next report when everything is to end, and the slot works on', async () => {
      const everything = new AbortController();
      const { outcome } = await train(runner, assignment('hang'), {
        decide: abortAfter(everything),
        signal: everything.signal,
      });
      expect(outcome).toBeUndefined();
      expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'completed' });
    });

    it('ends a trial that waits for its verdict when everything is to end', async () => {
      const everything = new AbortController();
      const { outcome } = await train(runner, assignment('plain'), {
        decide: () => {
          setImmediate(() => everything.abort());
          return new Promise(() => {});
        },
        signal: everything.signal,
      });
      expect(outcome).toBeUndefined();
      expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'completed' });
    });

    it('starts nothing under a signal that is aborted already', async () => {
      const { outcome, reports } = await train(runner, assignment('plain'), { signal: AbortSignal.abort() });
      expect([outcome, reports]).toEqual([undefined, []]);
    });

    it('passes on what the trainer warns of', async () => {
      await train(runner, assignment('warn'));
      expect(warnings).toEqual(['epoch 1 is odd', 'epoch 2 is odd', 'epoch 3 is odd']);
    });

    it('passes on as a text of bounded length whatever the trainer warns of', async () => {
      warnings.length = 0;
      log.length = 0;
      await train(runner, assignment('oddWarn'));
      expect(warnings).toEqual(['no text', 'undefined', '{ a: 1 }', `${'x'.repeat(2000)} … (1000 characters more)`]);
      expect(log.at(-1)).toBe('0: Symbol(s)');
    });

    it('passes on what the trainer logs', async () => {
      log.length = 0;
      await train(runner, assignment('log'));
      expect(log).toEqual(['0: epoch 1', '0: epoch 2', '0: epoch 3']);
    });

    it('rejects if the study cannot take a report, and the slot works on', async () => {
      const decide = (): never => {
        throw new Error('the disk is full');
      };
      await expect(train(runner, assignment('plain'), { decide })).rejects.toThrow('the disk is full');
      expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'completed' });
    });
  });
}
