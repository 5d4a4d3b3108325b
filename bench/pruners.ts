// What each pruner saves and what it costs, on recorded fine-tuning curves: npx tsx bench/pruners.ts [curves.json] [draws]
import { existsSync } from 'node:fs';
import { decisionCost } from './pruning/cost.js';
import { type DataSet, readCurves, shortened } from './pruning/curves.js';
import { mean, measure, type Outcome, type Policy, quantile, SIZE } from './pruning/measure.js';

const POLICIES: readonly Policy[] = [
  { name: 'none', options: { type: 'none' } },
  { name: '16 random ones in full', options: 16 },
  { name: 'median', options: { type: 'median' } },
  { name: 'median, from epoch 6', options: { type: 'median', minEpochs: 6 } },
  { name: 'percentile 25', options: { type: 'percentile', percentile: 25 } },
  { name: 'patience 5', options: { type: 'patience', patience: 5 } },
  { name: 'halving η=3, rungs 3-9-27', options: { type: 'successiveHalving', reduction: 3 } },
  { name: 'halving η=4, rungs 3-12', options: { type: 'successiveHalving', reduction: 4 } },
  { name: 'halving η=3, rungs 1-3-9-27', options: { type: 'successiveHalving', minEpochs: 1, reduction: 3 } },
  { name: 'hyperband η=3, from epoch 3', options: { type: 'hyperband', reduction: 3 } },
  { name: 'halving η=3 by promotion', options: { type: 'successiveHalving', form: 'promotion', reduction: 3 } },
  { name: 'halving η=4 by promotion', options: { type: 'successiveHalving', form: 'promotion', reduction: 4 } },
  { name: 'funnel', options: { type: 'funnel' } },
  { name: 'freeze-thaw', options: { type: 'freezeThaw' } },
  { name: 'funnel, breadth 3', options: { type: 'funnel', breadth: 3 } },
];
/** Those whose decisions are timed. */
const COSTED = new Set([
  'median',
  'halving η=3, rungs 3-9-27',
  'hyperband η=3, from epoch 3',
  'halving η=3 by promotion',
  'funnel',
]);
/** Those that are also shown for shorter trials: the first epochs of the same curves. */
const SHORT = new Set(['median', 'halving η=3, rungs 3-9-27', 'halving η=3 by promotion', 'funnel']);
const BREADTHS = [1.5, 1.75, 2, 2.5, 3];
const SAVED = 8;

const [path = '../shared/benchmarks/finetuning-curves.json', draws = '25'] = process.argv.slice(2);

function saved(outcomes: readonly Outcome[]): number {
  return 1 / mean(outcomes.map(({ spent }) => spent));
}

function row(name: string, workers: number, outcomes: readonly Outcome[]): string {
  const figures = (values: readonly number[]): string =>
    [mean(values), quantile(values, 0.9), Math.max(...values)].map((value) => value.toFixed(2).padStart(7)).join('');
  const regret = figures(outcomes.map((outcome) => outcome.regret));
  const finalRegret = figures(outcomes.map((outcome) => outcome.finalRegret));
  return `${name.padEnd(36)}${String(workers).padStart(3)}${`${saved(outcomes).toFixed(1)}×`.padStart(8)} ${regret}   ${finalRegret}`;
}

/** For each data set the breadth that does best on all others while it saves enough there, measured on this one. */
function heldOut(sets: readonly DataSet[]): Outcome[] {
  const results = BREADTHS.map((breadth) =>
    sets.map((set) => measure([set], { name: 'funnel', options: { type: 'funnel', breadth } }, Number(draws), 1)),
  );
  return sets.flatMap((_, held) => {
    const others = results.map((bySet) => bySet.filter((_, i) => i !== held).flat());
    const regrets = others.map((list) => (saved(list) < SAVED ? Infinity : mean(list.map(({ regret }) => regret))));
    return results[regrets.indexOf(Math.min(...regrets))]?.[held] ?? [];
  });
}

if (!existsSync(path)) {
  console.log(`recorded curves: skipped, there are none at ${path}`);
} else {
  const sets = readCurves(path).filter(({ curves }) => curves.length > 0);
  console.log(`${sets.length} data sets, ${draws} draws of up to ${SIZE} trials each, 1 and 4 workers`);
  console.log(`${' '.repeat(49)}regret in points: mean, p90, max`);
  console.log(`${'policy'.padEnd(36)}  w   saved   by the best epoch       by the last epoch`);
  for (const policy of POLICIES) {
    for (const workers of [1, 4]) console.log(row(policy.name, workers, measure(sets, policy, Number(draws), workers)));
  }
  for (const epochs of [25, 12]) {
    const short = sets.map((set) => shortened(set, epochs));
    for (const policy of POLICIES.filter(({ name }) => SHORT.has(name))) {
      console.log(row(`${policy.name}; ${epochs} epochs`, 4, measure(short, policy, Number(draws), 4)));
    }
  }
  console.log(row('funnel, breadth from the other sets', 1, heldOut(sets)));
  for (const set of sets) {
    console.log(
      row(
        `funnel on ${set.name} alone`,
        1,
        measure([set], { name: '', options: { type: 'funnel' } }, Number(draws), 1),
      ),
    );
  }
}

console.log(
  '\nmilliseconds of a decision and a look for a promotion, by trials in the study (as a multiple of 100 trials)',
);
for (const { name, options } of POLICIES) {
  if (!COSTED.has(name) || typeof options === 'number') continue;
  const costs = [100, 1000, 10_000].map((trials) => decisionCost(options, trials));
  const cells = costs.map((ms) => `${ms.toFixed(3)} (${(ms / (costs[0] ?? ms)).toFixed(0)}×)`.padStart(16));
  console.log(name.padEnd(36) + cells.join(''));
}
