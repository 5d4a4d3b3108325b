// Studies of a number of trials over recorded runs, to their end: what they find, what they take, and when they have found what the first policy finds.
import type { PriorCoefficients } from '../../src/search/prior/prior-coefficients.js';
import type { SearchSpace } from '../../src/study/space.js';
import { must } from '../../src/system/must.js';
import type { RecordedRun } from '../../scripts/prior/recorded-runs.js';
import { mean, quantile } from '../pruning/measure.js';
import { type Policy, searchOf } from './policies.js';
import { type ReplayOptions, replay } from './replay.js';

export interface Pool {
  readonly runs: readonly RecordedRun[];
  readonly seed: number;
  /** Of the other data sets. */
  readonly prior: PriorCoefficients;
}

interface End {
  /** Seconds, in mean full runs of the pool. */
  readonly budgets: number;
  readonly regret: number;
  readonly course: Parameters<NonNullable<ReplayOptions['onEnd']>>[2];
}

export function printWholeStudies(
  policies: readonly Policy[],
  pools: readonly Pool[],
  space: SearchSpace,
  trials: number,
): void {
  console.log(
    `studies of ${trials} trials, one worker`.padEnd(36) + '  regret   p90   full runs   better / worse   time',
  );
  let first: readonly End[] | undefined;
  for (const policy of policies) {
    const ends = pools.map((pool) => endOf(policy, pool, space, trials));
    const beside = (first ??= ends);
    const regrets = ends.map(({ regret }) => regret);
    const count = (is: (own: number, other: number) => boolean): number =>
      regrets.filter((regret, i) => is(regret, must(beside[i], 'a study').regret)).length;
    const times = ends.map((end, i) => {
      const other = must(beside[i], 'a study');
      return reached(end, other.regret) / reached(other, other.regret);
    });
    const figures = [
      mean(regrets).toFixed(2).padStart(8),
      quantile(regrets, 0.9).toFixed(2).padStart(6),
      mean(ends.map(({ budgets }) => budgets))
        .toFixed(1)
        .padStart(12),
      `${count((own, other) => own < other)} / ${count((own, other) => own > other)}`.padStart(17),
      quantile(times, 0.5).toFixed(2).padStart(7),
    ];
    console.log(policy.name.padEnd(36) + figures.join(''));
  }
}

function endOf(policy: Policy, { runs: pool, seed, prior }: Pool, space: SearchSpace, trials: number): End {
  let end: End | undefined;
  replay({
    ...{ pool, space, workers: 1, seed, trials, until: Infinity, toItsEnd: true },
    ...searchOf(policy, pool, space, prior, seed, trials),
    onEnd: (budgets, regret, course) => (end = { budgets, regret, course }),
  });
  return must(end, 'an end');
}

/** When the regret was at most so much; infinite where it never was. */
function reached({ course }: End, regret: number): number {
  return course.find((point) => point.regret <= regret)?.budgets ?? Infinity;
}
