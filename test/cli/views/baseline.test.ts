// What is said of a baseline beside the best trial.
import { expect, it } from 'vitest';
import { PLAIN } from '../../../src/cli/style.js';
import { baselineLines } from '../../../src/cli/views/baseline.js';
import type { History } from '../../../src/study/history.js';
import type { Train } from '../../../src/study/train.js';
import { play } from '../../controller/scene.js';

/** The lines of a study whose best trial has 0.9, between 0.85 and 0.95, and whose baseline has another value. */
async function linesOf(scratch: number): Promise<string[]> {
  const sampler = { ask: ({ trials }: History) => (trials.length === 0 ? { parameters: { x: 0.9 } } : undefined) };
  const train: Train = async function* ({ source }) {
    yield { epoch: 1, metrics: { f1: source === 'baseline' ? scratch : 0.9 } };
    await Promise.resolve();
  };
  const { study } = await play({ sampler, train, trials: 1, baseline: true });
  const interval = { metric: 'f1', value: 0.9, low: 0.85, high: 0.95, level: 0.95 };
  return baselineLines(study.history, { split: 'validation', images: 50, interval, mistakes: [] }, PLAIN);
}

it('a baseline that is beaten beyond chance is told, and no more', async () => {
  expect(await linesOf(0.8)).toEqual(['trial 1: f1 0.8000 at epoch 1']);
});

it('one within chance leaves open whether transfer pays', async () => {
  const [line, warning] = await linesOf(0.87);
  expect(line).toBe('trial 1: f1 0.8700 at epoch 1');
  expect(warning).toContain('it is unclear whether transfer helps');
});

it('one that is as good or better is a warning', async () => {
  expect((await linesOf(0.9))[1]).toContain('transfer does not help');
  expect((await linesOf(0.99))[1]).toContain('transfer does not help');
});
