// How well the learned prior ranks runs of hpo itself: npx tsx bench/prior.ts [own-runs.jsonl]
// For each recorded set and version: Spearman's rank correlation with what came out, and what the best of its first 1, 3 and 5 guesses
// misses the set's best run by, in points of macro F1, beside as many random guesses. None of the versions is fitted to these runs.
// Then searches among the recorded runs, as in bench/anytime.ts: regret by budget, in mean full runs; an epoch costs its multiply-accumulates.
import { expectationOf } from '../src/search/prior/fine-tuning-prior.js';
import { withChanges } from '../src/search/prior/linear-model.js';
import { PRIOR_VERSION, priorOf } from '../src/search/prior/versions.js';
import { checkBackbone } from '../src/app/setup/check-backbone.js';
import { expectationsOf } from '../src/app/setup/expectations.js';
import { createSampler } from '../src/search/create-sampler.js';
import { createPruner } from '../src/search/pruners/create-pruner.js';
import { parseStudy } from '../src/study/schema/parse-study.js';
import type { PrunerOptions } from '../src/study/pruner-options.js';
import { RandomStream } from '../src/math/random.js';
import { SearchSpace } from '../src/study/space.js';
import { must } from '../src/system/must.js';
import { ownStudies } from '../scripts/prior/own-studies.js';
import { ACCURACY, BUDGETS, replay } from './anytime/replay.js';
import { changesBy } from '../scripts/prior/correct.js';
import { rankCorrelation } from '../scripts/prior/ranks.js';
import { OWN_RUNS, type OwnRun, type OwnSet, readOwnRuns } from '../scripts/prior/own-runs.js';

const GUESSES = [1, 3, 5] as const;
/** Of a change by runs of hpo itself, and the last version without such changes. */
const PENALTIES = [10, 30, 100] as const;
const UNCORRECTED = 2;

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
  console.log(`  ${name.padEnd(18)}${spearman.padStart(9)}${cells}`);
}

/**
 * What is compared of a set: what the prior's versions expect of its runs, and the one that is not corrected as other sets correct it. Sets of one
 * seed share configurations, so a run is never foretold by runs of its own configuration.
 */
function scoresOf(set: OwnSet, sets: readonly OwnSet[]): [name: string, scores: number[]][] {
  const rateOf = ({ parameters }: OwnRun): unknown => parameters['learningRate'];
  const prior = priorOf(UNCORRECTED);
  const byOthers = (own: OwnRun, penalty: number): number => {
    const others = sets
      .filter((other) => other !== set)
      .map(({ name, runs }) => ({ name, runs: runs.filter((run) => rateOf(run) !== rateOf(own)) }));
    const quality = withChanges(prior.quality, changesBy(prior, others, penalty));
    return expectationOf(own.tuning, { ...prior, quality }).quality;
  };
  return [
    ...Array.from({ length: PRIOR_VERSION }, (_, i): [string, number[]] => [
      `version ${i + 1}`,
      set.runs.map(({ tuning }) => expectationOf(tuning, priorOf(i + 1)).quality),
    ]),
    ...PENALTIES.map((penalty): [string, number[]] => [
      `by others, ${penalty}`,
      set.runs.map((run) => byOthers(run, penalty)),
    ]),
  ];
}

function compare(set: OwnSet, sets: readonly OwnSet[]): void {
  const { name, runs } = set;
  const values = runs.map(({ value }) => value);
  console.log(`${name}, ${runs.length} runs\n${' '.repeat(21)}Spearman  top 1  top 3  top 5`);
  for (const [label, scores] of scoresOf(set, sets)) {
    row(
      label,
      rankCorrelation(scores, values).toFixed(2),
      GUESSES.map((guesses) => regretOf(values, scores, guesses)),
    );
  }
  row(
    'random',
    '',
    GUESSES.map((guesses) => randomRegret(values, guesses)),
  );
  const terms = ['adam', 'adamw', 'sgd'].flatMap((optimizer) => {
    const own = runs.flatMap(({ tuning, value }) => (tuning.fields['optimizer'] === optimizer ? value : []));
    return own.length === 0
      ? []
      : `${optimizer} ${(own.reduce((sum, x) => sum + x, 0) / own.length).toFixed(3)} (${own.length})`;
  });
  console.log(`  mean macro F1 by optimizer: ${terms.join(', ')}`);
}

/** Means over the seeds. Of a set that has more runs each seed draws a pool. */
const SEEDS = 4;
const POOL = 32;
const SEEDS_OF_POOLS = 24;
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
  const all = runs.map(({ parameters, curve }) => {
    const seconds = Math.exp(cost(parameters).logSeconds);
    return { parameters, accuracy: curve.map((value) => 100 * value), seconds: curve.map(() => seconds) };
  });
  const epochs = must(all[0], 'a run').accuracy.length;
  const headEpochs = must(study.training?.headEpochs, 'the length of the head phase');
  const seeds = all.length > POOL ? SEEDS_OF_POOLS : SEEDS;
  const poolOf = (seed: number): typeof all => {
    if (all.length <= POOL) return all;
    const order = RandomStream.of('pool', name, seed).permutation(all.length);
    return [...order.slice(0, POOL)].map((i) => must(all[i], 'a run'));
  };
  console.log(`${' '.repeat(28)}${BUDGETS.map((budget) => String(budget).padStart(7)).join('')}`);
  for (const pruner of PRUNERS) {
    for (const version of [0, PRIOR_VERSION]) {
      const expect = version === 0 ? undefined : expectBy(version);
      const sums = BUDGETS.map(() => 0);
      for (let seed = 0; seed < seeds; seed++) {
        const pool = poolOf(seed);
        const among = pool.map(({ parameters }) => parameters);
        const known = expect === undefined ? {} : { expect, among };
        const until = version > 1 ? { costsUntil: pool.length } : {};
        const regrets = replay({
          ...{ pool, space, workers: 1, seed },
          sampler: createSampler({ strategy: 'bayesian', among, ...known, ...until }, space, ACCURACY, seed),
          pruner: createPruner(pruner, ACCURACY, { epochs, headEpochs, seed, trials: pool.length, space, ...known }),
        });
        regrets.forEach((regret, b) => (sums[b] = (sums[b] ?? 0) + regret / seeds));
      }
      const label = `${pruner.type}, ${version === 0 ? 'no prior' : `version ${version}`}`;
      console.log(`  ${label.padEnd(26)}${sums.map((regret) => regret.toFixed(1).padStart(7)).join('')}`);
    }
  }
}

const sets = readOwnRuns(process.argv[2] ?? OWN_RUNS);
for (const set of sets) {
  compare(set, sets);
  search(set);
}
