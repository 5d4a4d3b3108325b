// Trials side by side in one slot: rulings stand, and the sampler is asked once for each.
import { expect, it } from 'vitest';
import type { LaneRule } from '../../src/controller/run-study.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { Sampler } from '../../src/search/sampler.js';
import type { Decision, Lane, TrialRunner } from '../../src/study/trial-runner.js';
import { play } from './scene.js';

const LANES: LaneRule = { fits: () => true, early: true, most: () => 2 };

const pruner: Pruner = {
  decide: ({ number }) => (number === 0 ? { action: 'prune', reason: 'too low' } : { action: 'continue', reason: '' }),
};

it('one that is trained again, since the bundle broke after it was pruned, is told to stop at once, and stays pruned at the epoch where it was', async () => {
  const decisions: Decision[] = [];
  const runner: TrialRunner = {
    slots: 1,
    run: () => Promise.resolve({ status: 'finished' }),
    async runTogether(lanes: readonly Lane[]) {
      const [first, second] = lanes as [Lane, Lane];
      const report = { epoch: 1, metrics: { f1: 0.1 } };
      decisions.push(await first.onReport(report));
      await second.onReport(report);
      // Both are begun again.
      decisions.push(await first.onReport(report));
      first.onEnd({ status: 'stopped' });
      second.onEnd({ status: 'finished' });
    },
    close: () => Promise.resolve(),
  };
  const { study } = await play({ runner, pruner, trials: 2, lanes: LANES });
  expect(decisions).toEqual([{ action: 'stop' }, { action: 'stop' }]);
  expect(study.history.trials[0]?.outcome).toMatchObject({ status: 'pruned', epoch: 1 });
});

it('the sampler is asked once for each of them', async () => {
  let asked = 0;
  const sampler: Sampler = {
    ask: (_, random) => {
      asked++;
      return { parameters: { x: random.next() } };
    },
  };
  await play({ sampler, trials: 6, lanes: LANES });
  expect(asked).toBe(6);
});

it('where it fails at a companion the study ends, and waits for no slot', async () => {
  let asked = 0;
  const sampler: Sampler = {
    ask(_, random) {
      if (++asked === 2) throw new Error('no second one');
      return { parameters: { x: random.next() } };
    },
  };
  await expect(play({ sampler, trials: 6, lanes: LANES })).rejects.toThrow('no second one');
});
