// Slots without a trial make ahead what others need, and are there at once when they have one.
import { expect, it } from 'vitest';
import { IdleWork } from '../../src/controller/idle-work.js';
import type { LiveStudy } from '../../src/controller/live-study.js';
import type { Assignment, TrialRunner } from '../../src/study/trial-runner.js';
import type { FrozenWork, Trial } from '../../src/study/trial.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { newFolders, play, rising } from './scene.js';

interface Errand {
  readonly trials: readonly number[];
  readonly slot: number;
  readonly signal: AbortSignal;
  readonly end: (work: FrozenWork) => void;
}

const SOME: FrozenWork = { needed: 0, computed: 5, seconds: 2 };

/** Remembers what it was asked to prepare; each is over when the test says so, or with SOME when it is aborted. */
class PreparingRunner extends InProcessRunner {
  readonly errands: Errand[] = [];

  prepare(assignments: readonly Assignment[], slot: number, signal: AbortSignal): Promise<FrozenWork> {
    return new Promise((end) => {
      this.errands.push({ trials: assignments.map(({ trial }) => trial), slot, signal, end });
      signal.addEventListener('abort', () => end(SOME));
    });
  }
}

const trial = (number: number): Trial => ({
  number,
  parameters: {},
  source: 'sampler',
  state: 'running',
  reports: [],
  askedAt: 0,
});

function idleWork(runner: TrialRunner): { idle: IdleWork; recorded: unknown[]; failures: unknown[] } {
  const [recorded, failures]: unknown[][] = [[], []];
  const study = { history: { trials: [] }, record: (event: unknown) => recorded?.push(event) } as unknown as LiveStudy;
  const fail = (error: unknown): void => void failures?.push(error);
  const idle = new IdleWork({ study, runner, assignments: { folders: newFolders(), seed: 1 }, fail });
  return { idle, recorded: recorded as unknown[], failures: failures as unknown[] };
}

it('is recorded, ends with the study, and counts in what the features took', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 3 });
  const { study, events } = await play({ runner, trials: 1 });
  expect(runner.errands.map(({ trials, slot }) => [trials, slot])).toEqual([
    [[0], 1],
    [[0], 2],
  ]);
  expect(runner.errands.every(({ signal }) => signal.aborted)).toBe(true);
  expect(events).toContainEqual({ type: 'prepared', slot: 1, work: SOME });
  expect(study.history.prepared).toEqual({ needed: 0, computed: 10, seconds: 4 });
});

it('a study of one slot, or with a runner that prepares nothing, has none', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 1 });
  await play({ runner });
  expect(runner.errands).toEqual([]);
  const { events } = await play({ slots: 3 });
  expect(JSON.stringify(events)).not.toContain('prepared');
});

it('is done once for the same trials, and again when others are under way', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 3 });
  const { idle, recorded } = idleWork(runner);
  idle.offer([0, 1, 2]);
  expect(runner.errands).toEqual([]);
  void idle.enter(0, [trial(4)]);
  idle.offer([1, 2]);
  idle.offer([1, 2]);
  expect(runner.errands).toHaveLength(2);
  runner.errands[0]?.end({ needed: 0, computed: 0, seconds: 0 });
  await Promise.resolve();
  idle.offer([1, 2]);
  expect(runner.errands).toHaveLength(2);
  expect(recorded).toEqual([]);
  idle.leave(0);
  void idle.enter(0, [trial(6), trial(5)]);
  idle.offer([1, 2]);
  expect(runner.errands.map(({ trials }) => trials)).toEqual([[4], [4], [5, 6]]);
});

it('a slot that is needed is free when its errand has ended', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 2 });
  const { idle, recorded } = idleWork(runner);
  expect(idle.enter(0, [trial(0)])).toBeUndefined();
  idle.offer([1]);
  const [errand] = runner.errands;
  expect(errand?.signal.aborted).toBe(false);
  await idle.enter(1, [trial(1)]);
  expect(errand?.signal.aborted).toBe(true);
  expect(recorded).toEqual([{ type: 'prepared', slot: 1, work: SOME }]);
  await idle.endAll();
});

it('a study that cannot record it stops', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 2 });
  const { idle, failures } = idleWork(runner);
  void idle.enter(0, [trial(0)]);
  idle.offer([1]);
  runner.errands[0]?.end(undefined as unknown as FrozenWork);
  await idle.endAll();
  expect(failures).toHaveLength(1);
});
