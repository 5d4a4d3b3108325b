// Slots without a trial make ahead what others need, and are there at once when they have one.
import { describe, expect, it } from 'vitest';
import { IdleWork } from '../../src/controller/idle-work.js';
import type { LiveStudy } from '../../src/controller/live-study.js';
import { StudyControl } from '../../src/controller/study-control.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { Train } from '../../src/study/train.js';
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

const trialOf = (number: number): Trial => ({
  ...{ number, parameters: {}, source: 'sampler', state: 'running', reports: [], askedAt: 0 },
});

interface Scene {
  readonly idle: IdleWork;
  readonly recorded: unknown[];
  readonly failures: unknown[];
  /** How often an errand's end was told. */
  ends: number;
}

function sceneOf(runner: TrialRunner, suspects?: ReadonlySet<number>): Scene {
  const scene = { recorded: [] as unknown[], failures: [] as unknown[], ends: 0 };
  const trials = Array.from({ length: 10 }, (_, number) => trialOf(number));
  const record = (event: unknown): void => void scene.recorded.push(event);
  const idle = new IdleWork({
    study: { history: { trials }, record } as unknown as LiveStudy,
    runner,
    assignments: { folders: newFolders(), seed: 1, ...(suspects === undefined ? {} : { suspects }) },
    onEnd: () => void scene.ends++,
    fail: (error) => void scene.failures.push(error),
  });
  return Object.assign(scene, { idle });
}

/** Lets promises that are settled tell so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
  const { idle, recorded } = sceneOf(runner);
  idle.offer([0, 1, 2]);
  expect(runner.errands).toEqual([]);
  void idle.enter(0, [trialOf(4)]);
  idle.offer([1, 2]);
  idle.offer([1, 2]);
  expect(runner.errands).toHaveLength(2);
  runner.errands[0]?.end({ needed: 0, computed: 0, seconds: 0 });
  await settled();
  idle.offer([1, 2]);
  expect(runner.errands).toHaveLength(2);
  expect(recorded).toEqual([]);
  void idle.enter(1, [trialOf(6), trialOf(5)]);
  runner.errands[1]?.end(SOME);
  await settled();
  idle.offer([2]);
  expect(runner.errands.map(({ trials }) => trials)).toEqual([[4], [4], [4, 5, 6]]);
});

it('a slot that is needed is free when its errand has ended, and takes it up again when it is idle', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 2 });
  const scene = sceneOf(runner);
  const { idle, recorded } = scene;
  expect(idle.enter(0, [trialOf(0)])).toBeUndefined();
  idle.offer([1]);
  const [errand] = runner.errands;
  expect(errand?.signal.aborted).toBe(false);
  await idle.enter(1, [trialOf(1)]);
  expect(errand?.signal.aborted).toBe(true);
  expect(recorded).toEqual([{ type: 'prepared', slot: 1, work: SOME }]);
  expect(scene.ends).toBe(1);
  idle.leave(1);
  idle.offer([1]);
  expect(runner.errands.map(({ trials }) => trials)).toEqual([[0], [0]]);
  await idle.endAll();
});

it('ends when a trial that it is for is over', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 3 });
  const scene = sceneOf(runner);
  const { idle } = scene;
  void idle.enter(0, [trialOf(0)]);
  void idle.enter(1, [trialOf(1)]);
  idle.offer([2]);
  idle.leave(0);
  await settled();
  expect([runner.errands[0]?.signal.aborted, scene.ends]).toEqual([true, 1]);
  idle.offer([0, 2]);
  expect(runner.errands.slice(1).map(({ trials, slot }) => [trials, slot])).toEqual([
    [[1], 0],
    [[1], 2],
  ]);
  await idle.endAll();
});

it('leaves out what an earlier process died with', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 3 });
  const { idle } = sceneOf(runner, new Set([1]));
  void idle.enter(0, [trialOf(1)]);
  idle.offer([2]);
  expect(runner.errands).toEqual([]);
  void idle.enter(1, [trialOf(2)]);
  idle.offer([2]);
  expect(runner.errands.map(({ trials }) => trials)).toEqual([[2]]);
  await idle.endAll();
});

it('a study that cannot record it stops, and one that is over records nothing', async () => {
  const runner = new PreparingRunner({ train: rising, slots: 2 });
  const { idle, failures, recorded } = sceneOf(runner);
  void idle.enter(0, [trialOf(0)]);
  idle.offer([1]);
  runner.errands[0]?.end(undefined as unknown as FrozenWork);
  await settled();
  expect(failures).toHaveLength(1);
  void idle.enter(0, [trialOf(3)]);
  idle.offer([1]);
  idle.close();
  await idle.endAll();
  expect([failures.length, recorded]).toEqual([1, []]);
});

/** Takes a while to end what it makes ahead, and remembers what it was given to train after its slot was first needed. */
class SlowRunner extends InProcessRunner {
  isPreparing = false;
  private wasNeeded = false;
  readonly entered: number[] = [];
  readonly needed: Promise<void>;
  private tellNeeded = (): void => {};

  constructor(train: Train) {
    super({ train, slots: 2 });
    this.needed = new Promise((resolve) => (this.tellNeeded = resolve));
  }

  override run(...task: Parameters<InProcessRunner['run']>): ReturnType<InProcessRunner['run']> {
    this.entered.push(task[0].trial);
    return super.run(...task);
  }

  prepare(_: readonly Assignment[], __: number, signal: AbortSignal): Promise<FrozenWork> {
    this.isPreparing = true;
    return new Promise((end) => {
      signal.addEventListener('abort', () => {
        if (!this.wasNeeded) this.entered.length = 0;
        this.wasNeeded = true;
        this.tellNeeded();
        setTimeout(() => end(SOME), 30);
      });
    });
  }
}

describe.each(['suspend', 'finish', 'pause'] as const)('%s while a slot ends what it made ahead', (wish) => {
  it(`lets no trial start there${wish === 'pause' ? ' before the study goes on' : ''}`, async () => {
    // Trial 0 is put aside after its first epoch, and goes on when its slot has found something else to do.
    const runner = new SlowRunner(async function* ({ trial, reported }) {
      for (let epoch = reported + 1; epoch <= 4; epoch++) {
        await new Promise((resolve) => setTimeout(resolve, trial === 0 ? 0 : 40));
        yield { epoch, metrics: { f1: 0.5 } };
      }
    });
    const pruner: Pruner = {
      decide: ({ number, reports }) =>
        number === 0 && reports.length === 1 ? { action: 'pause', reason: '' } : { action: 'continue', reason: '' },
      promote: ({ trials }) =>
        runner.isPreparing && trials[0]?.state === 'paused' ? { trial: 0, reason: '' } : undefined,
    };
    const control = new StudyControl();
    const playing = play({ runner, pruner, control, trials: 2 });
    await runner.needed;
    control[wish]();
    if (wish === 'pause') {
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(runner.entered).toEqual([]);
      control.resume();
    }
    const { study } = await playing;
    expect(runner.entered).toEqual(wish === 'pause' ? [0] : []);
    expect(study.history.trials[0]?.state).toBe(wish === 'pause' ? 'completed' : 'running');
  });
});
