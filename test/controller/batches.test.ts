// Several trials at once in one slot: decisions stand, and the sampler is asked once for each.
import { expect, it } from 'vitest';
import type { BatchRule } from '../../src/controller/run-trials.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { Sampler } from '../../src/search/sampler.js';
import type { TrialRun, TrialRunner, Verdict } from '../../src/study/trial-runner.js';
import { play } from './scene.js';

const BATCHES: BatchRule = { fits: () => true, early: true, most: () => 2 };

const pruner: Pruner = {
  decide: ({ number }) => (number === 0 ? { action: 'prune', reason: 'too low' } : { action: 'continue', reason: '' }),
};

it('a trial that is trained again because its batch broke after it was pruned is told to stop at once, and stays pruned at its epoch', async () => {
  const verdicts: Verdict[] = [];
  const runner: TrialRunner = {
    slots: 1,
    batches: true,
    async run(trials: readonly TrialRun[]) {
      const [first, second] = trials as [TrialRun, TrialRun];
      const report = { epoch: 1, metrics: { f1: 0.1 } };
      verdicts.push(await first.onReport(report));
      await second.onReport(report);
      // Both are begun again.
      verdicts.push(await first.onReport(report));
      first.onEnd(undefined);
      second.onEnd({ status: 'completed' });
    },
    close: () => Promise.resolve(),
  };
  const { study } = await play({ runner, pruner, trials: 2, batches: BATCHES });
  expect(verdicts).toEqual(['stop', 'stop']);
  expect(study.history.trials[0]?.outcome).toMatchObject({ status: 'pruned', epoch: 1 });
});

it('the sampler is asked once for each trial of a batch', async () => {
  let asked = 0;
  const sampler: Sampler = {
    ask: (_, random) => {
      asked++;
      return { parameters: { x: random.next() } };
    },
  };
  await play({ sampler, trials: 6, batches: BATCHES });
  expect(asked).toBe(6);
});

it('a study whose sampler fails within a batch ends, and waits for no slot', async () => {
  let asked = 0;
  const sampler: Sampler = {
    ask(_, random) {
      if (++asked === 2) throw new Error('no second one');
      return { parameters: { x: random.next() } };
    },
  };
  await expect(play({ sampler, trials: 6, batches: BATCHES })).rejects.toThrow('no second one');
});
