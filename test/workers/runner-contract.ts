// What every TrialRunner does, whatever it runs trials in. Each implementation's test calls this.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Assignment, Decision, RunOutcome, TrialRunner } from '../../src/study/trial-runner.js';
import type { Report } from '../../src/study/trial.js';

const scratch = mkdtempSync(join(tmpdir(), 'hpo-runner-'));

export const BEHAVIOURS = new URL('./trainers/behaviours.mjs', import.meta.url).href;

export function assignment(behaviour: string, more: Partial<Assignment> = {}): Assignment {
  return { trial: 0, parameters: { behaviour }, seed: 1, directory: join(scratch, 'unused'), reported: 0, ...more };
}

/** Runs a trial; `decide` gets each report. */
export async function train(
  runner: TrialRunner,
  task: Assignment,
  decide: (report: Report) => Decision['action'] = () => 'continue',
  signal = new AbortController().signal,
): Promise<{ outcome: RunOutcome; reports: Report[] }> {
  const reports: Report[] = [];
  const onReport = (report: Report): Decision => {
    reports.push(report);
    return { action: decide(report) };
  };
  return { outcome: await runner.run(task, 0, onReport, signal), reports };
}

export function describeRunner(
  name: string,
  open: (onLog: (slot: number, line: string) => void) => Promise<TrialRunner>,
): void {
  describe(`${name} keeps the runner contract`, () => {
    const log: string[] = [];
    let runner: TrialRunner;
    beforeAll(async () => {
      runner = await open((slot, line) => log.push(`${slot}: ${line}`));
    });
    afterAll(() => runner.close());
    it('reports every epoch in order and finishes', async () => {
      const { outcome, reports } = await train(runner, assignment('plain', { trial: 4 }));
      expect(outcome).toEqual({ status: 'finished' });
      expect(reports).toEqual([1, 2, 3].map((epoch) => ({ epoch, metrics: { score: epoch / 10 + 4 }, seconds: 0.5 })));
    });

    it('trains no further epoch after a decision to stop, and lets the trainer clean up', async () => {
      const directory = mkdtempSync(join(scratch, 'trial-'));
      const { outcome, reports } = await train(runner, assignment('plain', { directory }), () => 'stop');
      expect(outcome).toEqual({ status: 'stopped' });
      expect(reports).toHaveLength(1);
      expect(existsSync(join(directory, 'freed'))).toBe(true);
    });

    it('suspends where it is told to', async () => {
      const { outcome, reports } = await train(runner, assignment('plain'), ({ epoch }) =>
        epoch === 2 ? 'suspend' : 'continue',
      );
      expect(outcome).toEqual({ status: 'suspended' });
      expect(reports).toHaveLength(2);
    });

    it('waits for a decision that takes time', async () => {
      const order: string[] = [];
      await runner.run(
        assignment('plain'),
        0,
        async ({ epoch }) => {
          order.push(`report ${epoch}`);
          await new Promise(setImmediate);
          order.push(`decision ${epoch}`);
          return { action: 'continue' };
        },
        new AbortController().signal,
      );
      expect(order).toEqual(['report 1', 'decision 1', 'report 2', 'decision 2', 'report 3', 'decision 3']);
    });

    it('makes the trial’s folder when the trainer asks for it, not before', async () => {
      const directory = join(mkdtempSync(join(scratch, 'trial-')), 'deep', 'folder');
      await train(runner, assignment('folderless', { directory }));
      expect(existsSync(directory)).toBe(false);
      await train(runner, assignment('plain', { directory }));
      expect(existsSync(join(directory, 'freed'))).toBe(true);
    });

    it('hands over how many epochs are known', async () => {
      const { reports } = await train(runner, assignment('resume', { reported: 2 }));
      expect(reports.map(({ epoch }) => epoch)).toEqual([3]);
    });

    it('tells a thrown error as a crash, with message and place', async () => {
      const { outcome, reports } = await train(runner, assignment('throw'));
      expect(outcome).toMatchObject({ status: 'failed', kind: 'crashed' });
      expect(outcome).toHaveProperty(
        'message',
        expect.stringMatching(/^TypeError: broke in epoch 2\n\s+at .*behaviours/),
      );
      expect(outcome).toHaveProperty('message', expect.not.stringContaining('drive-trial'));
      expect(reports).toHaveLength(1);
    });

    it('tells ERR_DIVERGED as diverged', async () => {
      const { outcome } = await train(runner, assignment('diverge'));
      expect(outcome).toEqual({ status: 'failed', kind: 'diverged', message: 'loss is NaN' });
    });

    it('tells an allocation that cannot be had as out-of-memory', async () => {
      const { outcome } = await train(runner, assignment('allocate'));
      expect(outcome).toMatchObject({ status: 'failed', kind: 'out-of-memory' });
    });

    it('tells ERR_OUT_OF_MEMORY as out-of-memory', async () => {
      const { outcome } = await train(runner, assignment('deviceMemory'));
      expect(outcome).toEqual({ status: 'failed', kind: 'out-of-memory', message: 'no memory on device' });
    });

    it('tells a full disk apart from what the trial can help', async () => {
      const { outcome } = await train(runner, assignment('diskFull'));
      expect(outcome).toEqual({ status: 'prevented', code: 'ERR_STORE', message: 'the disk is full: no checkpoint' });
    });

    it('tells a yield that is no report as the trainer’s own fault', async () => {
      const { outcome, reports } = await train(runner, assignment('nonsense'));
      expect(outcome).toEqual({ status: 'misbehaved', message: 'expected a report { epoch, metrics }, got 3' });
      expect(reports).toEqual([]);
    });

    it('lets a decision stand when the cleanup after it breaks', async () => {
      const { outcome } = await train(runner, assignment('badCleanup'), () => 'stop');
      expect(outcome).toEqual({ status: 'stopped' });
      await vi.waitFor(() => expect(log).toContain('0: the trainer failed while it was being ended: cleanup broke'));
    });

    it('ends a trial that hangs when the signal is aborted, and the slot works on', async () => {
      const controller = new AbortController();
      const { outcome } = await train(
        runner,
        assignment('hang'),
        () => {
          setImmediate(() => controller.abort());
          return 'continue';
        },
        controller.signal,
      );
      expect(outcome).toEqual({ status: 'aborted' });
      expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'finished' });
    });

    it('starts nothing under a signal that is aborted already', async () => {
      const { outcome, reports } = await train(runner, assignment('plain'), undefined, AbortSignal.abort());
      expect(outcome).toEqual({ status: 'aborted' });
      expect(reports).toEqual([]);
    });

    it('passes on what the trainer logs', async () => {
      log.length = 0;
      await train(runner, assignment('log'));
      expect(log).toEqual(['0: epoch 1', '0: epoch 2', '0: epoch 3']);
    });

    it('rejects where the study cannot take a report, and the slot works on', async () => {
      const refuse = (): never => {
        throw new Error('the disk is full');
      };
      const run = runner.run(assignment('plain'), 0, refuse, new AbortController().signal);
      await expect(run).rejects.toThrow('the disk is full');
      expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'finished' });
    });
  });
}
