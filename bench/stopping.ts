// What search.stop saves and loses on recorded fine-tunings: npx tsx bench/stopping.ts [curves] [images] [size]
//
// Each data set's pool of configurations is searched to its end, and with rules of several shares of the statistical error of an accuracy on so
// many validation images (default 500). The prior and the model of curves are fitted to the other data sets.
import { existsSync } from 'node:fs';
import { createSampler } from '../src/search/create-sampler.js';
import { expectationOf } from '../src/search/prior/fine-tuning-prior.js';
import { createPruner } from '../src/search/pruners/create-pruner.js';
import type { Parameters } from '../src/study/parameters.js';
import { SearchSpace } from '../src/study/space.js';
import { RandomStream } from '../src/math/random.js';
import { must } from '../src/system/must.js';
import { fineTuningOf, fitPrior } from '../scripts/prior/fit.js';
import { EPOCHS, drawRuns, readRecordedRuns, recordedDomains } from '../scripts/prior/recorded-runs.js';
import { ACCURACY, replay } from './anytime/replay.js';
import { mean, quantile } from './pruning/measure.js';

const [curves = '../shared/benchmarks/finetuning-curves.json', images = '500', size = '64'] = process.argv.slice(2);
const SHARES = [0, 0.1, 0.2, 0.5, 1];

if (!existsSync(curves)) {
  console.log(`skipped: there are no recorded curves at ${curves}`);
} else {
  const sets = readRecordedRuns(curves);
  const space = new SearchSpace(recordedDomains(sets));
  const results = SHARES.map(() => ({ budgets: [] as number[], regrets: [] as number[] }));
  for (const set of sets) {
    const coefficients = fitPrior(sets.filter((other) => other !== set));
    const pool = drawRuns(set, Number(size), RandomStream.of('pool', set.name, 0));
    const top = Math.max(...pool.flatMap(({ accuracy }) => accuracy)) / 100;
    const error = Math.sqrt(Math.max(top * (1 - top), 1e-4) / Number(images));
    const expect = (parameters: Parameters) => expectationOf(fineTuningOf(parameters), coefficients);
    const known = { expect, among: pool.map(({ parameters }) => parameters), costsUntil: pool.length };
    for (const [i, share] of SHARES.entries()) {
      const stop = share === 0 ? {} : { stop: { improvement: share * error, error } };
      const { budgets, regrets } = must(results[i], 'a share');
      replay({
        ...{ pool, space, workers: 1, seed: 0, until: Infinity, toItsEnd: true },
        sampler: createSampler({ strategy: 'bayesian', ...known, ...stop }, space, ACCURACY, 0),
        pruner: createPruner({ type: 'freezeThaw' }, ACCURACY, {
          ...{ epochs: EPOCHS, seed: 0, trials: pool.length, space, curves: coefficients.curves },
          ...known,
        }),
        onEnd(budget, regret) {
          budgets.push(budget);
          regrets.push(regret);
        },
      });
    }
    console.log(
      `${set.name}: ${results.map(({ budgets, regrets }) => `${budgets.at(-1)?.toFixed(1)} (${regrets.at(-1)?.toFixed(2)})`).join('  ')}`,
    );
  }
  console.log(`\n${sets.length} data sets, pools of ${size}, an accuracy on ${images} images`);
  console.log('rule                    time, in mean full runs      of the whole    regret, points: mean / p90 / max');
  const whole = mean(must(results[0], 'the whole search').budgets);
  results.forEach(({ budgets, regrets }, i) => {
    const name = SHARES[i] === 0 ? 'none' : `${SHARES[i]} of the error`;
    const regret = [mean(regrets), quantile(regrets, 0.9), Math.max(...regrets)].map((value) => value.toFixed(2));
    console.log(
      `${name.padEnd(24)}${mean(budgets).toFixed(1).padStart(12)}${`${((100 * mean(budgets)) / whole).toFixed(0)} %`.padStart(26)}    ${regret.join(' / ')}`,
    );
  });
}
