// Regret against seconds on recorded fine-tunings: npx tsx bench/anytime.ts [--curves FILE] [--draws 3] [--workers 1,4] [--until 16] [--peers tpe-median,…]
// Or, with [--trials 15,30], studies of so many trials to their end, beside the first policy: `--ours` names the policies.
//
// Each data set's runs are drawn into pools of 64. A budget of 1 is the mean time of a full run of the pool. HPO_PYTHON names
// the Python that has Optuna; its GP takes an hour.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RandomStream } from '../src/math/random.js';
import { SearchSpace } from '../src/study/space.js';
import { mean, quantile } from './pruning/measure.js';
import { peerRegrets } from './anytime/peer.js';
import { POLICIES, regretsOf } from './anytime/policies.js';
import { printWholeStudies } from './anytime/whole-studies.js';
import { drawRuns, readRecordedRuns, recordedDomains } from '../scripts/prior/recorded-runs.js';
import { BUDGETS } from './anytime/replay.js';
import { fitPrior } from '../scripts/prior/fit.js';
import { must } from '../src/system/must.js';
import { hasPython } from './python.js';

const { values: given } = parseArgs({
  options: {
    curves: { type: 'string', default: '../shared/benchmarks/finetuning-curves.json' },
    draws: { type: 'string', default: '3' },
    size: { type: 'string', default: '64' },
    workers: { type: 'string', default: '1,4' },
    until: { type: 'string', default: '16' },
    trials: { type: 'string' },
    ours: { type: 'string', default: POLICIES.map(({ name }) => name).join(';') },
    peers: { type: 'string', default: 'tpe-median,tpe-hyperband,gp' },
  },
});

const LAST = Number(given.until);
const SHOWN = BUDGETS.filter((budget) => budget <= LAST);
/** Budgets, each a twentieth more than the one before: for the time until a regret is reached. */
const FINE = Array.from({ length: 105 }, (_, i) => 0.1 * 1.05 ** i).filter((budget) => budget <= LAST);
const POINTS = [10, 3, 1];

function row(name: string, regrets: readonly (readonly number[])[]): string {
  const cells = (figure: (values: readonly number[]) => number): string =>
    SHOWN.map((_, b) =>
      figure(regrets.map((one) => one[b] ?? NaN))
        .toFixed(2)
        .padStart(7),
    ).join('');
  return `${name.padEnd(36)}${cells(mean)}   p90${cells((values) => quantile(values, 0.9))}`;
}

/** Budgets until a regret is that small; what never gets there counts as the last one. */
function printReached(policies: readonly (readonly [name: string, fine: readonly (readonly number[])[]])[]): void {
  const heads = POINTS.map((points) => `${points} points`.padStart(16)).join('');
  console.log(`${'until the regret is at most, mean / median'.padEnd(44)}${heads}`);
  for (const [name, fine] of policies) {
    const cells = POINTS.map((points) => {
      const times = fine.map((regrets) => FINE[regrets.findIndex((regret) => regret <= points)] ?? LAST);
      return `${mean(times).toFixed(2)} / ${quantile(times, 0.5).toFixed(2)}`.padStart(16);
    });
    console.log(`${name.padEnd(44)}${cells.join('')}`);
  }
}

if (!existsSync(given.curves)) {
  console.log(`skipped: there are no recorded curves at ${given.curves}`);
} else {
  const sets = readRecordedRuns(given.curves);
  const domains = recordedDomains(sets);
  const space = new SearchSpace(domains);
  const pools = sets.flatMap((set) =>
    Array.from({ length: Number(given.draws) }, (_, seed) => {
      return { set, seed, runs: drawRuns(set, Number(given.size), RandomStream.of('pool', set.name, seed)) };
    }),
  );
  // Each data set with what the others teach.
  const priors = new Map(sets.map((set) => [set, fitPrior(sets.filter((other) => other !== set))]));
  const ours = given.ours.split(';').map((name) =>
    must(
      POLICIES.find((policy) => policy.name === name),
      `a policy called '${name}'`,
    ),
  );
  console.log(`${sets.length} data sets, ${given.draws} pools each; regret in points of accuracy, mean and p90`);
  if (given.trials !== undefined) {
    const known = pools.map(({ set, runs, seed }) => ({ runs, seed, prior: must(priors.get(set), 'a prior') }));
    for (const trials of given.trials.split(',')) printWholeStudies(ours, known, space, Number(trials));
  }
  const peers =
    given.trials !== undefined || given.peers === '' || !hasPython('optuna', 'torch', 'scipy')
      ? []
      : given.peers.split(',');
  const workerCounts = given.trials === undefined ? given.workers.split(',').map(Number) : [];
  for (const workers of workerCounts) {
    console.log(
      `${`${workers} worker${workers === 1 ? '' : 's'}`.padEnd(36)}${SHOWN.map((b) => String(b).padStart(7)).join('')}`,
    );
    const reached: [name: string, fine: number[][]][] = [];
    for (const policy of ours) {
      const regrets = pools.map(({ set, runs, seed }) =>
        regretsOf(policy, runs, space, must(priors.get(set), 'a prior'), workers, seed, {
          until: LAST,
          budgets: [...SHOWN, ...FINE],
        }),
      );
      console.log(
        row(
          policy.name,
          regrets.map((all) => all.slice(0, SHOWN.length)),
        ),
      );
      reached.push([policy.name, regrets.map((all) => all.slice(SHOWN.length))]);
    }
    for (const peer of peers) {
      console.log(
        row(
          `Optuna, ${peer}`,
          peerRegrets(
            peer,
            domains,
            pools.map(({ seed, runs }) => ({ seed, runs })),
            workers,
          ),
        ),
      );
    }
    printReached(reached);
  }
}
