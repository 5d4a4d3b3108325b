// Repeats with other seeds, and who wins by them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contendersOf, noiseOf, winnerOf } from '../../src/controller/confirmation.js';
import type { History } from '../../src/study/history.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { Train } from '../../src/study/train.js';
import { type SceneOptions, play } from './scene.js';

const xs = [0.2, 0.9, 0.5, 0.8];
/** By the trial's number. */
const askOf =
  (...values: number[]) =>
  ({ trials: { length } }: History) => {
    const x = values[length];
    return x === undefined ? undefined : { parameters: { x } };
  };
const sampler = { ask: askOf(...xs) };

/** The 0.9 was luck: with other seeds it is worth 0.1. */
const lucky: Train = async function* ({ parameters, seed }) {
  yield { epoch: 1, metrics: { f1: parameters['x'] === 0.9 && seed !== 7 ? 0.1 : Number(parameters['x']) } };
};

const options: SceneOptions = { sampler, train: lucky, trials: 4, confirm: { top: 2, repeats: 2 } };

describe('confirmation', () => {
  it('repeats the best once the search is over, in turn', async () => {
    const { study } = await play(options);
    expect(study.history.trials.slice(4).map(({ source, parameters }) => [source, parameters['x']])).toEqual([
      ['confirmation', 0.9],
      ['confirmation', 0.8],
      ['confirmation', 0.9],
      ['confirmation', 0.8],
    ]);
    expect(study.history.trials[4]?.note).toBe('repeats trial 1 with another seed');
  });

  it('repeats in all slots at once, and the baseline waits for every repeat', async () => {
    const running = new Set<string>();
    const seen: string[][] = [];
    const train: Train = async function* (assignment, context) {
      const name = `${assignment.source} ${assignment.trial}`;
      running.add(name);
      seen.push([...running]);
      // The last repeat takes longest.
      for (let i = 0; i < 10 * assignment.trial; i++) await Promise.resolve();
      yield* lucky(assignment, context);
      running.delete(name);
    };
    const { study } = await play({ ...options, train, slots: 4, baseline: true });
    expect(seen.find((names) => names.includes('confirmation 7'))).toEqual(
      [4, 5, 6, 7].map((trial) => `confirmation ${trial}`),
    );
    expect(seen.at(-1)).toEqual(['baseline 8']);
    expect(study.history.trials[8]?.parameters).toEqual(winnerOf(study.history)?.trial.parameters);
  });

  it('says how much the runs of one configuration differ', async () => {
    const { study } = await play(options);
    // Sums of squares 0.4267 and 0, over 3 + 3 − 2 degrees of freedom.
    expect(noiseOf(study.history)).toMatchObject({ runs: 6, configurations: 2 });
    expect(noiseOf(study.history)?.deviation).toBeCloseTo(Math.sqrt((0.5333 ** 2 + 2 * 0.2667 ** 2) / 4), 3);
    const { confirm: _, ...alone } = options;
    expect(noiseOf((await play(alone)).study.history)).toBeUndefined();
  });

  it('gives every configuration the same other seeds', async () => {
    const seeds = new Map<unknown, number[]>();
    const train: Train = async function* (assignment, context) {
      const x = assignment.parameters['x'];
      seeds.set(x, [...(seeds.get(x) ?? []), assignment.seed]);
      yield* lucky(assignment, context);
    };
    await play({ ...options, train });
    const [first, ...others] = seeds.get(0.9) as number[];
    expect(first).toBe(7);
    expect(new Set([7, ...others]).size).toBe(3);
    expect(seeds.get(0.8)).toEqual([7, ...others]);
  });

  it('lets the best mean win, not the luckiest trial', async () => {
    const { study } = await play(options);
    expect(study.history.best?.parameters['x']).toBe(0.9);
    expect(winnerOf(study.history)).toMatchObject({ trial: { number: 3 }, values: [0.8, 0.8, 0.8] });
    expect(winnerOf(study.history)?.mean).toBeCloseTo(0.8);
    expect(contendersOf(study.history).map(({ values }) => values)).toEqual([
      [0.9, 0.1, 0.1],
      [0.8, 0.8, 0.8],
    ]);
  });

  it('does not prune repeats', async () => {
    const pruner = { decide: () => ({ action: 'prune', reason: 'always' }) as const };
    const { study } = await play({ ...options, pruner });
    expect(study.history.trials.slice(4).map(({ state }) => state)).toEqual(Array(4).fill('completed'));
  });

  it('keeps the models of what is repeated, and of the best', async () => {
    const train: Train = async function* (assignment, context) {
      writeFileSync(join(assignment.directory, 'model'), '');
      yield* lucky(assignment, context);
    };
    const { folders } = await play({ ...options, train });
    expect(folders.present().sort()).toEqual([1, 3]);
  });

  it('keeps the models of equal ones in the order of their numbers, whichever ended first', async () => {
    // Trial 0 ends after trial 2, which is equal.
    let release = (): void => {};
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    const train: Train = async function* (assignment, context) {
      writeFileSync(join(assignment.directory, 'model'), '');
      if (assignment.trial === 0) await isReleased;
      if (assignment.trial === 3) release();
      yield* lucky(assignment, context);
    };
    const equal = [0.5, 0.9, 0.5, 0.1];
    const own = { ask: ({ trials: { length } }: History) => ({ parameters: { x: equal[length] ?? 0, n: length } }) };
    const { study, folders } = await play({ ...options, sampler: own, train, slots: 2 });
    expect(winnerOf(study.history)?.trial.number).toBe(0);
    expect(folders.present().sort()).toEqual([0, 1]);
  });

  it('keeps the models of what was repeated also where a longer search finds better ones: their mean may win', async () => {
    const train: Train = async function* (assignment, context) {
      writeFileSync(join(assignment.directory, 'model'), '');
      const isLucky = Number(assignment.parameters['x']) > 0.8 && assignment.seed !== 7;
      if (isLucky) yield { epoch: 1, metrics: { f1: 0.1 } };
      else yield* lucky(assignment, context);
    };
    const first = await play({ ...options, sampler: { ask: askOf(0.5, 0.8) }, train, trials: 2 });
    const before = first.events.map((event) => ({ ...(event as TrialEvent), at: 0 }));
    const more = { sampler: { ask: askOf(0.5, 0.8, 0, 0, 0, 0, 0.9, 0.95) }, train, before, folders: first.folders };
    const { study, folders } = await play({ ...options, ...more, trials: 4 });
    expect(winnerOf(study.history)?.trial.number).toBe(1);
    expect(folders.present().sort()).toEqual([0, 1, 6, 7]);
  });

  it('does not count toward the total', async () => {
    const { study } = await play(options);
    expect(study.searched).toBe(4);
  });

  it('has nothing to do where no trial has a value', async () => {
    const train: Train = () => {
      throw new Error('crash');
    };
    const { study, end } = await play({ ...options, train, maxFailuresInARow: 99 });
    expect(study.history.trials).toHaveLength(4);
    expect(end.reason).toBe('finished');
    expect(winnerOf(study.history)).toBeUndefined();
  });

  it('is not needed to have a winner', async () => {
    const { confirm: _, ...unconfirmed } = options;
    const { study } = await play(unconfirmed);
    expect(winnerOf(study.history)).toMatchObject({ trial: { number: 1 }, values: [0.9] });
  });
});
