// Trials in folds: which folds a trial gets, what becomes of it, and that a study that is cut off goes on with the same.
import { expect, it } from 'vitest';
import type { BatchRule } from '../../src/controller/run-trials.js';
import { createSampler } from '../../src/search/create-sampler.js';
import type { Sampler } from '../../src/search/sampler.js';
import { createPruner } from '../../src/search/pruners/create-pruner.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { PrunerOptions } from '../../src/study/pruner-options.js';
import { SearchSpace } from '../../src/study/space.js';
import type { Assignment } from '../../src/study/trial-runner.js';
import type { Train } from '../../src/study/train.js';
import { type Trial, isOfSearch } from '../../src/study/trial.js';
import { definitionOf } from '../study/definitions.js';
import { type Scene, type SceneOptions, objective, play } from './scene.js';

const EPOCHS = 4;
const validation = { folds: 4, repeats: 1, confidence: 0.8 };
const begun: TrialEvent = {
  type: 'created',
  version: 3,
  study: { name: 'folds', definition: definitionOf({ validation }) },
  at: 0,
};

const space = new SearchSpace({
  x: { type: 'float', min: 0, max: 1, scale: 'linear' },
  batchSize: { type: 'choice', values: [8, 16], ordinal: true },
});

/** Folds differ in how hard they are, and every trial has luck of its own in each. */
const curve = ({ trial, parameters, fold }: Assignment, epoch: number): number => {
  const hard = [0, 0.1, -0.05, 0.02][fold?.index ?? 0] ?? 0;
  const luck = 0.02 * Math.sin(37 * trial + 5 * (fold?.index ?? 0));
  return Number(parameters['x']) * Math.sqrt(epoch / EPOCHS) + hard + luck;
};

const training: Train = async function* (assignment) {
  // Some trials go on from where they were and some start over.
  for (let epoch = assignment.trial % 3 === 0 ? 1 : assignment.reported + 1; epoch <= EPOCHS; epoch++) {
    await Promise.resolve();
    yield { epoch, metrics: { f1: curve(assignment, epoch) } };
  }
};

const sceneOf = (options: SceneOptions = {}): Promise<Scene> =>
  play({ before: [begun], train: training, validation, trials: 6, ...options });

const searched = ({ study }: Scene): Trial[] => study.history.trials.filter(isOfSearch);

/** Trials with these values of x, in order. */
const enqueue = (...values: number[]): Pick<SceneOptions, 'enqueue' | 'trials'> => ({
  enqueue: values.map((x) => ({ x })),
  trials: values.length,
});

it("a trial's value is the mean over its folds, each at its own best epoch", async () => {
  const { study } = await sceneOf(enqueue(0.5));
  const [trial, ...folds] = study.history.trials;
  expect(folds.map(({ source, fold }) => [source, fold])).toEqual([1, 2, 3].map((index) => ['fold', { of: 0, index }]));
  const values = [trial, ...folds].map((one) => one?.reports.at(-1)?.metrics['f1'] ?? NaN);
  expect(trial?.state).toBe('completed');
  expect(trial?.best?.value).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 4, 12);
  expect(trial?.folds?.map(({ value }) => value)).toEqual(values);
  expect(study.history.best?.number).toBe(0);
});

it('a trial that is clearly worse gets few folds, and one that is as good gets all', async () => {
  const scene = await sceneOf(enqueue(0.8, 0.78, 0.2, 0.81));
  const [first, second, poor, last] = searched(scene);
  expect(first?.folds).toHaveLength(4);
  expect(second?.folds?.length).toBeGreaterThan(1);
  expect(poor?.folds).toHaveLength(1);
  expect(poor?.outcome).toMatchObject({
    status: 'pruned',
    reason: expect.stringMatching(/^f1 0\.\d+ on 1 of 4 folds, where trial 0 has .* 20 % needed$/),
  });
  expect(last?.folds).toHaveLength(4);
  expect(scene.study.history.best?.number).toBe(last?.number);
});

it('with confidence 1 every trial gets all folds', async () => {
  const scene = await sceneOf({ ...enqueue(0.8, 0.2, 0.1), validation: { ...validation, confidence: 1 } });
  expect(searched(scene).map(({ folds }) => folds?.length)).toEqual([4, 4, 4]);
});

it('the end of the space is not recorded where trials only wait for folds, since earlier releases could not read it', async () => {
  const values = [0.5, 0.7];
  const grid: Sampler = {
    ask: ({ trials }) => {
      const x = values[trials.filter(isOfSearch).length];
      return x === undefined ? undefined : { parameters: { x } };
    },
  };
  // The second is in its last fold when the first has ended.
  const slow: Train = async function* (assignment, context) {
    const steps = assignment.fold?.index === 3 && assignment.parameters['x'] === 0.7 ? 200 : 0;
    for (let i = 0; i < steps; i++) await Promise.resolve();
    yield* training(assignment, context);
  };
  const whole = { ...validation, confidence: 1 };
  const { study, end, events } = await sceneOf({ sampler: grid, slots: 2, train: slow, validation: whole });
  expect(end.reason).toBe('exhausted');
  expect(study.history.counts.completed).toBe(8);
  expect(events.filter((event) => (event as TrialEvent).type === 'stopped')).toEqual([]);
});

it('a fold that fails fails its trial, once in the count of failures', async () => {
  const failing: Train = async function* (assignment, context) {
    if (assignment.fold?.index === 2) throw new Error('a broken disk');
    yield* training(assignment, context);
  };
  const scene = await sceneOf({ ...enqueue(0.5, 0.6), train: failing });
  const [trial] = searched(scene);
  expect(trial?.outcome).toMatchObject({
    ...{ status: 'failed', kind: 'crashed' },
    message: expect.stringContaining('fold 3 of 4: Error: a broken disk'),
  });
  expect(scene.study.history.failuresInARow).toHaveLength(2);
  expect(scene.study.history.best).toBeUndefined();
});

it('the pruner compares a trial with what others had on the same fold', async () => {
  const seen: string[] = [];
  await sceneOf({
    ...enqueue(0.5, 0.6),
    pruner: {
      decide(trial, history) {
        const peers = history.trials.filter((other) => isOfSearch(other) && other.reports.length > 0);
        seen.push(`${trial.number}: ${peers.map(({ number }) => number).join()}`);
        return { action: 'continue', reason: '' };
      },
    },
  });
  // Trial 4 is the second of the search; 5, 6 and 7 are its folds as 1, 2 and 3 are those of trial 0.
  expect(new Set(seen.filter((line) => line.startsWith('5')))).toEqual(new Set(['5: 1,5']));
  expect(new Set(seen.filter((line) => line.startsWith('4')))).toEqual(new Set(['4: 0,4']));
});

it('the baseline is trained from random weights in every fold', async () => {
  const sources: (string | undefined)[] = [];
  const watching: Train = (assignment, context) => {
    sources.push(assignment.source);
    return training(assignment, context);
  };
  const { study, end } = await sceneOf({ ...enqueue(0.5), baseline: true, train: watching });
  expect(sources.slice(4)).toEqual(['baseline', 'baseline', 'baseline', 'baseline']);
  expect(study.history.trials.find(({ source }) => source === 'baseline')?.folds).toHaveLength(4);
  expect(end.reason).toBe('finished');
});

it('folds of one trial are trained side by side where slots have nothing else', async () => {
  let running = 0;
  let most = 0;
  const slow: Train = async function* (assignment, context) {
    most = Math.max(most, ++running);
    try {
      yield* training(assignment, context);
    } finally {
      running--;
    }
  };
  const scene = await sceneOf({ ...enqueue(0.5), train: slow, slots: 3 });
  expect(most).toBe(3);
  expect(searched(scene)[0]?.folds?.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
});

it('only the folders of the best trial and of its folds stay', async () => {
  const { study, folders } = await sceneOf({
    ...enqueue(0.5, 0.8, 0.2),
    train: (assignment, context) => {
      folderOf(assignment);
      return training(assignment, context);
    },
  });
  const best = study.history.best?.number;
  const own = study.history.trials.filter(({ number, fold }) => number === best || fold?.of === best);
  expect(folders.present().sort((a, b) => a - b)).toEqual(own.map(({ number }) => number));
});

it('folds are no repeats: a search that may end early (search.stop) goes on after them', async () => {
  const stopping: Sampler = {
    ...{ ask: (_, random) => ({ parameters: { x: random.next() } }), stops: true },
    enough: ({ trials }) => (trials.filter(isOfSearch).length < 4 ? undefined : 'four are enough'),
  };
  const scene = await sceneOf({ sampler: stopping, baseline: true });
  expect(searched(scene)).toHaveLength(4);
  expect(scene.end).toMatchObject({ reason: 'enough', message: expect.stringContaining('four are enough') });
});

it('a journal of an earlier version says by its baseline, folds and all, that search.stop ended the search', async () => {
  const { events } = await sceneOf({ ...enqueue(0.5, 0.6), baseline: true });
  const before = events.map((event) => ({ ...(event as TrialEvent), at: 0 }));
  const again = await sceneOf({ before, sampler: { ask: () => ({ parameters: { x: 0.9 } }), stops: true }, trials: 9 });
  expect(again.end.reason).toBe('enough');
  expect(again.events).toEqual(events);
});

/** Reading it makes it. */
function folderOf(assignment: Assignment): string {
  return assignment.directory;
}

const PRUNERS: readonly PrunerOptions[] = [
  { type: 'none' },
  { type: 'median', minEpochs: 2, startupTrials: 2 },
  { type: 'successiveHalving', form: 'promotion', minEpochs: 2, reduction: 2 },
  { type: 'funnel', minEpochs: 2 },
  { type: 'freezeThaw', minEpochs: 2 },
];

const batched: BatchRule = {
  early: false,
  most: () => 4,
  fits: (lead, other) => lead.parameters['batchSize'] === other.parameters['batchSize'],
};

it.each(PRUNERS.flatMap((pruner) => [false, true].map((isBatched) => ({ pruner, isBatched }))))(
  'a study with $pruner.type, in batches: $isBatched, that is cut off after any event records what an undisturbed one does',
  async ({ pruner, isBatched }) => {
    const options = (): SceneOptions => ({
      sampler: createSampler({ strategy: 'bayesian', startupTrials: 4 }, space, objective, 7),
      pruner: createPruner(pruner, objective, { epochs: EPOCHS, seed: 7, space, trials: 6 }),
      ...(isBatched ? { batches: batched } : {}),
    });
    const store = new MemoryStore([begun]);
    const { events } = await sceneOf({ ...options(), store });
    const whole = await store.load();
    // Every fifth place, and all of them over the pruners.
    for (let cut = 1 + PRUNERS.indexOf(pruner); cut < whole.length; cut += 5) {
      const again = await sceneOf({ ...options(), before: whole.slice(0, cut) });
      expect(again.events, `cut off after event ${cut} of ${whole.length}`).toEqual(events);
    }
  },
  60_000,
);
