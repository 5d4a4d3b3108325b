// What the learned prior does for parameter importance: npx tsx bench/importance.ts [--curves FILE] [--draws 2] [--trials 8,12,20,40]
//
// The importance that so many recorded fine-tunings of a data set give, against that of all others of the set, which is fitted without a prior.
// The prior is fitted to the other twelve sets; `opposite` says the opposite of it. Half the sum of differences of shares (0 … 1), the rank
// correlation of shares, and how often the most important parameter is the same.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RandomStream } from '../src/math/random.js';
import { fitSurrogate, type TrendFit } from '../src/search/gp/surrogate.js';
import { importance } from '../src/search/importance.js';
import { expectationOf } from '../src/search/prior/fine-tuning-prior.js';
import { fitTrend } from '../src/search/prior-trend.js';
import type { Parameters } from '../src/study/parameters.js';
import { SearchSpace } from '../src/study/space.js';
import { must } from '../src/system/must.js';
import { fineTuningOf, fitPrior } from '../scripts/prior/fit.js';
import { rankCorrelation } from '../scripts/prior/ranks.js';
import { drawRuns, type RecordedRun, readRecordedRuns, recordedDomains } from '../scripts/prior/recorded-runs.js';
import { ACCURACY } from './anytime/replay.js';
import { mean } from './pruning/measure.js';

const { values: given } = parseArgs({
  options: {
    curves: { type: 'string', default: '../shared/benchmarks/finetuning-curves.json' },
    draws: { type: 'string', default: '2' },
    trials: { type: 'string', default: '8,12,20,40' },
  },
});

/** Of each parameter, in the order of the space. */
function sharesOf(space: SearchSpace, runs: readonly RecordedRun[], trend?: TrendFit): number[] {
  const observations = runs.map(({ parameters, accuracy }) => {
    return { unit: space.encode(parameters), loss: -Math.max(...accuracy), doubt: 0, own: true };
  });
  const surrogate = must(fitSurrogate(space, observations, 0, trend), 'a fit');
  const shares = new Map(
    importance({ space, objective: ACCURACY, surrogate, trials: runs.length }).map(({ name, share }) => [name, share]),
  );
  return space.names.map((name) => must(shares.get(name), 'a share'));
}

function highest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

if (!existsSync(given.curves)) {
  console.log(`skipped: there are no recorded curves at ${given.curves}`);
} else {
  const sets = readRecordedRuns(given.curves);
  const space = new SearchSpace(recordedDomains(sets));
  const counts = given.trials.split(',').map(Number);
  const found = new Map<string, number[][]>();
  for (const set of sets) {
    const prior = fitPrior(sets.filter((other) => other !== set));
    const trendBy = (sign: number): TrendFit =>
      fitTrend.bind(undefined, space, (parameters: Parameters) => {
        const { quality, logSeconds } = expectationOf(fineTuningOf(parameters), prior);
        return { quality: sign * quality, logSeconds };
      });
    const kinds = [
      ['without prior', undefined],
      ['with prior', trendBy(1)],
      ['opposite', trendBy(-1)],
    ] as const;
    for (let draw = 0; draw < Number(given.draws); draw++) {
      const runs = drawRuns(set, set.runs.length, RandomStream.of('importance', set.name, draw));
      for (const count of counts) {
        const truth = sharesOf(space, runs.slice(count));
        for (const [name, trend] of kinds) {
          const shares = sharesOf(space, runs.slice(0, count), trend);
          const apart = shares.reduce((sum, share, i) => sum + Math.abs(share - (truth[i] ?? 0)), 0) / 2;
          const figures = [apart, rankCorrelation(shares, truth), Number(highest(shares) === highest(truth))];
          const key = `${String(count).padStart(4)}  ${name}`;
          found.set(key, [...(found.get(key) ?? []), figures]);
        }
      }
    }
  }
  console.log('trials                 apart   rank correlation   same first');
  for (const [key, figures] of found) {
    const [apart = 0, rank = 0, same = 0] = [0, 1, 2].map((i) => mean(figures.map((one) => one[i] ?? 0)));
    console.log(
      `${key.padEnd(22)}${apart.toFixed(2).padStart(6)}${rank.toFixed(2).padStart(19)}${same.toFixed(2).padStart(13)}`,
    );
  }
}
