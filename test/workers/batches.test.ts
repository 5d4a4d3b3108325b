// Several trials in one slot, in every runner: each ends on its own.
import { describe, expect, it } from 'vitest';
import type { Assignment, TrialRunner, Verdict } from '../../src/study/trial-runner.js';
import type { Outcome } from '../../src/study/trial.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { PiscinaRunner, type SlotSetup } from '../../src/workers/piscina-runner.js';
import { loadTrainer } from '../../src/workers/thread/trainer-module.js';
import { BEHAVIOURS, assignment as task } from './runner-contract.js';

interface Together {
  readonly outcomes: Readonly<Record<number, Outcome | undefined>>;
  readonly epochs: Readonly<Record<number, readonly number[]>>;
  /** What was new when it was reported or ended, in order: trial and epoch, or the trial alone. */
  readonly news: readonly string[];
}

/** Runs trials in slot 0; `decide` gets each report. */
async function trainTogether(
  runner: TrialRunner,
  assignments: readonly Assignment[],
  decide: (trial: number, epoch: number) => Verdict = () => 'continue',
  signal = new AbortController().signal,
  giveUps: readonly AbortSignal[] = [],
): Promise<Together> {
  const outcomes: Record<number, Outcome | undefined> = {};
  const epochs: Record<number, number[]> = {};
  const news: string[] = [];
  const runs = assignments.map((assignment) => ({
    assignment,
    signal: giveUps[assignment.trial] ?? new AbortController().signal,
    onReport({ epoch }: { epoch: number }): Verdict {
      const known = (epochs[assignment.trial] ??= []);
      if (!known.includes(epoch)) news.push(`${assignment.trial}:${epoch}`);
      known.push(epoch);
      return decide(assignment.trial, epoch);
    },
    onEnd(outcome: Outcome | undefined) {
      expect(outcomes).not.toHaveProperty(String(assignment.trial));
      outcomes[assignment.trial] = outcome;
      news.push(`${assignment.trial}`);
    },
  }));
  await runner.run(runs, 0, signal);
  return { outcomes, epochs, news };
}

const trainer = { module: BEHAVIOURS };
const child: SlotSetup = { kind: 'process', env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };
const openThread = (): Promise<TrialRunner> => PiscinaRunner.open({ trainer, slots: 1 });
const openChild = (): Promise<TrialRunner> => PiscinaRunner.open({ trainer, slots: [child] });

describe.each<[string, () => Promise<TrialRunner>]>([
  ['this thread', async () => new InProcessRunner({ train: await loadTrainer(trainer) })],
  ['a thread', openThread],
  ['a child process', openChild],
])('several trials in %s', (_, open) => {
  it('end each on its own', async () => {
    const runner = await open();
    const tasks = ['plain', 'diverge', 'plain', 'plain'].map((behaviour, trial) => task(behaviour, { trial }));
    const { outcomes, epochs } = await trainTogether(runner, tasks, (trial, epoch) =>
      trial === 2 && epoch === 2 ? 'pause' : 'continue',
    );
    await runner.close();
    expect(outcomes).toEqual({
      0: { status: 'completed' },
      1: { status: 'failed', kind: 'diverged', message: 'loss is NaN' },
      2: undefined,
      3: { status: 'completed' },
    });
    expect(epochs).toEqual({ 0: [1, 2, 3], 1: [1], 2: [1, 2], 3: [1, 2, 3] });
  });

  it('all end where the slot is aborted', async () => {
    const runner = await open();
    const abort = new AbortController();
    const tasks = [task('plain', { trial: 0 }), task('hang', { trial: 1 })];
    const { outcomes } = await trainTogether(
      runner,
      tasks,
      (trial) => {
        if (trial === 1) setImmediate(() => abort.abort());
        return 'continue';
      },
      abort.signal,
    );
    await runner.close();
    expect(outcomes).toEqual({ 0: undefined, 1: undefined });
  });

  it('share a signal that fires when the last of them is given up', async () => {
    const runner = await open();
    const giveUps = [new AbortController(), new AbortController()];
    const { outcomes, epochs } = await trainTogether(
      runner,
      [task('plain', { trial: 0 }), task('listen', { trial: 1 })],
      (trial, epoch) => {
        if (trial === 1) setImmediate(() => giveUps[1]?.abort());
        if (trial === 0) giveUps[0]?.abort();
        return trial === 0 && epoch === 1 ? 'stop' : 'continue';
      },
      undefined,
      giveUps.map(({ signal }) => signal),
    );
    await runner.close();
    expect([outcomes, epochs]).toEqual([
      { 0: undefined, 1: undefined },
      { 0: [1], 1: [1] },
    ]);
  });
});

it('starts no thread for trials that were aborted with the others', async () => {
  const runner = await openThread();
  const abort = new AbortController();
  const tasks = [0, 1, 2, 3].map((trial) => task('hang', { trial }));
  let started = 0;
  const count = (): number => started++;
  process.on('worker', count);
  const running = trainTogether(
    runner,
    tasks,
    (trial) => {
      if (trial === 3) setImmediate(() => abort.abort());
      return 'continue';
    },
    abort.signal,
  );
  const { outcomes } = await running;
  process.off('worker', count);
  await runner.close();
  expect(Object.values(outcomes)).toEqual(new Array(4).fill(undefined));
  // Piscina replaces the one that left before its pool is destroyed.
  expect(started).toBeLessThanOrEqual(1);
});

it('settles each of many short bundles once', { timeout: 60_000 }, async () => {
  const runner = await openThread();
  for (let round = 0; round < 300; round++) {
    const tasks = [0, 1].map((trial) =>
      task('folderless', { trial, parameters: { behaviour: 'folderless', epochs: 1 } }),
    );
    const { outcomes, epochs } = await trainTogether(runner, tasks);
    expect(outcomes).toEqual({ 0: { status: 'completed' }, 1: { status: 'completed' } });
    expect(epochs).toEqual({ 0: [1], 1: [1] });
  }
  await runner.close();
});

describe.each<[string, () => Promise<TrialRunner>]>([
  ['a thread', openThread],
  ['a child process', openChild],
])('a trial that takes %s with it', (_, open) => {
  it('takes no other with it: those go on in turns, and all report in the order in which they would have', async () => {
    const runner = await open();
    const tasks = ['plain', 'exit', 'plain'].map((behaviour, trial) => task(behaviour, { trial }));
    const { outcomes, epochs, news } = await trainTogether(runner, tasks);
    await runner.close();
    expect(outcomes).toMatchObject({ 0: { status: 'completed' }, 1: { status: 'failed' }, 2: { status: 'completed' } });
    expect(epochs[0]?.slice(-3)).toEqual([1, 2, 3]);
    expect(epochs[2]?.slice(-3)).toEqual([1, 2, 3]);
    expect(news).toEqual(['0:1', '1:1', '2:1', '0:2', '1', '2:2', '0:3', '2:3', '0', '2']);
  });

  it('leaves verdicts to whoever decides, also in turns', async () => {
    const runner = await open();
    const tasks = ['plain', 'exit', 'plain', 'plain'].map((behaviour, trial) => task(behaviour, { trial }));
    const { outcomes, news } = await trainTogether(runner, tasks, (trial, epoch) =>
      trial === 0 && epoch === 2 ? 'pause' : trial === 2 && epoch === 2 ? 'stop' : 'continue',
    );
    await runner.close();
    expect(outcomes).toMatchObject({ 0: undefined, 1: { status: 'failed' }, 2: undefined, 3: { status: 'completed' } });
    expect(news).toEqual(['0:1', '1:1', '2:1', '3:1', '0:2', '0', '1', '2:2', '2', '3:2', '3:3', '3']);
  });
});

describe('trials that an earlier process died with', () => {
  it('are trained as one batch in a process of their own, and in turns once that dies', async () => {
    const pids: string[] = [];
    const runner = await PiscinaRunner.open({ trainer, slots: 1, onLog: (_, line) => pids.push(line) });
    const apart = { apart: true } as const;
    const whole = await trainTogether(
      runner,
      ['pid', 'pid'].map((behaviour, trial) => task(behaviour, { trial, ...apart })),
    );
    expect(whole.news).toEqual(['0:1', '1:1', '0:2', '1:2', '0:3', '1:3', '0', '1']);
    expect(new Set(pids).size).toBe(1);
    expect(pids).not.toContain(String(process.pid));
    const broken = await trainTogether(
      runner,
      ['resume', 'segfault', 'resume'].map((behaviour, trial) => task(behaviour, { trial, ...apart })),
    );
    await runner.close();
    expect(broken.outcomes).toMatchObject({
      0: { status: 'completed' },
      1: { status: 'failed', kind: 'crashed', fault: 'chance' },
      2: { status: 'completed' },
    });
    expect(broken.news).toEqual(['0:1', '1:1', '2:1', '0:2', '1', '2:2', '0:3', '2:3', '0', '2']);
  });
});
