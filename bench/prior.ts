// How well the learned prior ranks runs of hpo itself: npx tsx bench/prior.ts [own-runs.jsonl]
// For each recorded set and version: Spearman's rank correlation with what came out, and what the best of its first 1, 3 and 5 guesses
// misses the set's best run by, in points of macro F1, beside as many random guesses. None of the versions is fitted to these runs.
// Then searches among the recorded runs, as in bench/anytime.ts: regret by budget, in mean full runs; an epoch costs its multiply-accumulates.
import { expectationOf } from '../src/search/prior/fine-tuning-prior.js';
import { PRIOR_VERSION, priorOf } from '../src/search/prior/versions.js';
import { checkBackbone } from '../src/app/setup/check-backbone.js';
import { expectationsOf } from '../src/app/setup/expectations.js';
import { createSampler } from '../src/search/create-sampler.js';
import { createPruner } from '../src/search/pruners/create-pruner.js';
import { parseStudy } from '../src/study/schema/parse-study.js';
import type { PrunerOptions } from '../src/study/pruner-options.js';
import { SearchSpace } from '../src/study/space.js';
import { must } from '../src/system/must.js';
import { ownStudies } from '../scripts/prior/own-studies.js';
import { ACCURACY, BUDGETS, replay } from './anytime/replay.js';
import { OWN_RUNS, type OwnSet, readOwnRuns } from '../scripts/prior/own-runs.js';

const GUESSES = [1, 3, 5] as const;

/** Places from 0, the mean place where values are equal. */
function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    return below + (values.filter((other) => other === value).length - 1) / 2;
  });
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, one, i) => sum + (one - mx) * ((y[i] ?? 0) - my), 0);
  return product(a, meanA, b, meanB) / Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
}

/** Of the first guesses, by the order of `scores`; in points. */
function regretOf(values: readonly number[], scores: readonly number[], guesses: number): number {
  const order = values.map((_, i) => i).sort((i, j) => (scores[j] ?? 0) - (scores[i] ?? 0));
  return 100 * (Math.max(...values) - Math.max(...order.slice(0, guesses).map((i) => values[i] ?? 0)));
}

/** The expected regret of as many runs drawn without order. */
function randomRegret(values: readonly number[], guesses: number): number {
  const sorted = values.toSorted((a, b) => b - a);
  let [expected, none] = [0, 1];
  for (const [i, value] of sorted.entries()) {
    const left = sorted.length - i;
    const isBest = Math.min(1, guesses / left);
    expected += none * isBest * value;
    none *= 1 - isBest;
  }
  return 100 * ((sorted[0] ?? 0) - expected);
}

function row(name: string, spearman: string, regrets: readonly number[]): void {
  const cells = regrets.map((regret) => regret.toFixed(1).padStart(7)).join('');
  console.log(`  ${name.padEnd(12)}${spearman.padStart(9)}${cells}`);
}

function compare({ name, runs }: OwnSet): void {
  const values = runs.map(({ value }) => value);
  console.log(`${name}, ${runs.length} runs\n${' '.repeat(15)}Spearman  top 1  top 3  top 5`);
  for (let version = 1; version <= PRIOR_VERSION; version++) {
    const scores = runs.map(({ tuning }) => expectationOf(tuning, priorOf(version)).quality);
    const spearman = correlation(ranksOf(scores), ranksOf(values)).toFixed(2);
    row(
      `version ${version}`,
      spearman,
      GUESSES.map((guesses) => regretOf(values, scores, guesses)),
    );
  }
  row(
    'random',
    '',
    GUESSES.map((guesses) => randomRegret(values, guesses)),
  );
  const terms = ['adam', 'adamw', 'sgd'].map((optimizer) => {
    const own = runs.flatMap(({ tuning, value }) => (tuning.fields['optimizer'] === optimizer ? value : []));
    return `${optimizer} ${(own.reduce((sum, x) => sum + x, 0) / own.length).toFixed(3)} (${own.length})`;
  });
  console.log(`  mean macro F1 by optimizer: ${terms.join(', ')}`);
}

/** Means over the seeds. */
const SEEDS = 8;
const PRUNERS: readonly PrunerOptions[] = [{ type: 'median' }, { type: 'freezeThaw' }];

function search({ name, runs }: OwnSet): void {
  const { study, weights } = must(
    ownStudies('../shared').find((own) => own.name === name),
    'a set',
  );
  const definition = parseStudy(JSON.stringify(study), name, name);
  const space = new SearchSpace(definition.space);
  const { name: backbone = '', inputSize } = study.backbone ?? {};
  const checked = checkBackbone({ name: backbone, ...(inputSize === undefined ? {} : { inputSize }) }, '.');
  const random = weights === 'none' ? { weights: 'random' } : {};
  const expectBy = (version: number) =>
    expectationsOf(definition, [{ ...checked, choice: { ...checked.choice, ...random } }], priorOf(version));
  const cost = expectBy(1);
  const pool = runs.map(({ parameters, curve }) => {
    const seconds = Math.exp(cost(parameters).logSeconds);
    return { parameters, accuracy: curve.map((value) => 100 * value), seconds: curve.map(() => seconds) };
  });
  const epochs = must(pool[0], 'a run').accuracy.length;
  const among = pool.map(({ parameters }) => parameters);
  console.log(`${' '.repeat(28)}${BUDGETS.map((budget) => String(budget).padStart(7)).join('')}`);
  for (const pruner of PRUNERS) {
    for (let version = 0; version <= PRIOR_VERSION; version++) {
      const known = version === 0 ? {} : { expect: expectBy(version), among };
      const sums = BUDGETS.map(() => 0);
      for (let seed = 0; seed < SEEDS; seed++) {
        const until = version > 1 ? { costsUntil: pool.length } : {};
        const regrets = replay({
          ...{ pool, space, workers: 1, seed },
          sampler: createSampler({ strategy: 'bayesian', ...known, ...until }, space, ACCURACY, seed),
          pruner: createPruner(pruner, ACCURACY, { epochs, headEpochs: 1, seed, trials: pool.length, space, ...known }),
        });
        regrets.forEach((regret, b) => (sums[b] = (sums[b] ?? 0) + regret / SEEDS));
      }
      const label = `${pruner.type}, ${version === 0 ? 'no prior' : `version ${version}`}`;
      console.log(`  ${label.padEnd(26)}${sums.map((regret) => regret.toFixed(1).padStart(7)).join('')}`);
    }
  }
}

for (const set of readOwnRuns(process.argv[2] ?? OWN_RUNS)) {
  compare(set);
  search(set);
}
