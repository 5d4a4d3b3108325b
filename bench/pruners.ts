// What each pruner saves and what it costs, on recorded fine-tuning curves: npx tsx bench/pruners.ts [curves.json] [draws]
import { existsSync } from 'node:fs';
import { readCurves } from './pruning/curves.js';
import { mean, measure, type Outcome, type Policy, quantile, SIZE } from './pruning/measure.js';

const POLICIES: readonly Policy[] = [
  { name: 'none', options: { type: 'none' } },
  { name: '16 random ones in full', options: 16 },
  { name: 'median, from epoch 6', options: { type: 'median', minEpochs: 6 } },
  { name: 'median', options: { type: 'median' } },
  { name: 'percentile 25', options: { type: 'percentile', percentile: 25 } },
  { name: 'patience 5', options: { type: 'patience', patience: 5 } },
  { name: 'halving 1/3, from epoch 3', options: { type: 'successiveHalving', minEpochs: 3, reduction: 3 } },
  { name: 'halving 1/4, from epoch 3', options: { type: 'successiveHalving', minEpochs: 3, reduction: 4 } },
  { name: 'halving 1/3, from epoch 1', options: { type: 'successiveHalving', minEpochs: 1, reduction: 3 } },
  { name: 'hyperband 1/3, from epoch 3', options: { type: 'hyperband', minEpochs: 3, reduction: 3 } },
  {
    name: 'halving 1/3 by promotion',
    options: { type: 'successiveHalving', form: 'promotion', minEpochs: 3, reduction: 3 },
  },
  { name: 'funnel', options: { type: 'funnel' } },
  { name: 'funnel, breadth 3', options: { type: 'funnel', breadth: 3 } },
];

const [path = '../shared/benchmarks/finetuning-curves.json', draws = '25'] = process.argv.slice(2);

function row(policy: Policy, workers: number, outcomes: readonly Outcome[]): string {
  const column = (of: (outcome: Outcome) => number): number[] => outcomes.map(of);
  const regrets = (values: readonly number[]): string =>
    [mean(values), quantile(values, 0.9), Math.max(...values)].map((value) => value.toFixed(2).padStart(6)).join('');
  const saved = 1 / mean(column(({ spent }) => spent));
  return `${policy.name.padEnd(28)}${String(workers).padStart(8)}${`${saved.toFixed(1)}×`.padStart(8)}${regrets(column(({ regret }) => regret))}   ${regrets(column(({ finalRegret }) => finalRegret))}`;
}

if (!existsSync(path)) {
  console.log(`skipped: no recorded curves at ${path}`);
} else {
  const sets = readCurves(path).filter(({ curves }) => curves.length > 0);
  console.log(
    `${sets.length} data sets, ${draws} draws of up to ${SIZE} trials each; regret in points: mean, p90, max`,
  );
  console.log(`${'policy'.padEnd(28)} workers   saved   by best epoch       by last epoch`);
  for (const policy of POLICIES) {
    for (const workers of [1, 4]) console.log(row(policy, workers, measure(sets, policy, Number(draws), workers)));
  }
}
