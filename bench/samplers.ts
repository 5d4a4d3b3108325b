// Simple regret of the samplers over trials on known functions, beside Optuna's GP and TPE where a Python has them.
// Usage: npx tsx bench/samplers.ts [--problems a,b] [--modes clean,noisy,parallel] [--ours bayesian,tpe,random] [--peers gp,tpe]
//   [--trials 60] [--seeds 20] [--first-seed 0] [--keep FOLDER]; HPO_PYTHON names the Python.
//
// Everything takes hours, nearly all of them Optuna's: --keep reads its runs from a folder where they are there already, and puts
// them there where not. `parallel` keeps four trials in flight. Values are noisy in `noisy`, regrets never are.
import { parseArgs } from 'node:util';
import { median } from '../src/math/quantile.js';
import { hasPython } from './python.js';
import { rankSum } from './sampling/compare.js';
import { peerRuns } from './sampling/peer.js';
import { type Problem, keptAside, problems } from './sampling/problems.js';
import { MODES, type Mode, type Run, bestRegret, chosenRegret, runSampler } from './sampling/run.js';

const { values: given } = parseArgs({
  options: {
    problems: { type: 'string', default: problems.map(({ name }) => name).join() },
    modes: { type: 'string', default: Object.keys(MODES).join() },
    ours: { type: 'string', default: 'bayesian,tpe,random' },
    peers: { type: 'string', default: 'gp,tpe' },
    trials: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '20' },
    'first-seed': { type: 'string', default: '0' },
    keep: { type: 'string' },
  },
});
const list = (text: string): string[] => text.split(',').filter((name) => name !== '');
const [trials, seeds, firstSeed] = [given.trials, given.seeds, given['first-seed']].map(Number) as [
  number,
  number,
  number,
];
const seedList = Array.from({ length: seeds }, (_, i) => firstSeed + i);
const checkpoints = [0.25, 0.5, 1].map((share) => Math.round(share * trials));

function ourRuns(problem: Problem, strategy: string, mode: Mode): Run[] {
  if (strategy !== 'bayesian' && strategy !== 'tpe' && strategy !== 'random')
    throw new Error(`expected bayesian, tpe or random, got ${strategy} at --ours`);
  return seedList.map((seed) => runSampler(problem, { strategy }, mode, trials, seed));
}

const short = (value: number): string => value.toExponential(1).padStart(9);

function row(label: string, runs: readonly Run[], ours: readonly Run[] | undefined, mode: Mode): string {
  const at = (regret: typeof bestRegret, of: readonly Run[]) => of.map((run) => regret(run, trials));
  const medians = checkpoints.map((trial) => short(median(runs.map((run) => bestRegret(run, trial)))));
  const chosen = mode === 'noisy' ? short(median(at(chosenRegret, runs))) : ''.padStart(9);
  return `  ${label.padEnd(12)}${medians.join('')} ${chosen}  ${ours === undefined ? '' : comparison(ours, runs, at)}`;
}

function comparison(
  ours: readonly Run[],
  theirs: readonly Run[],
  at: (regret: typeof bestRegret, of: readonly Run[]) => number[],
): string {
  const [a, b] = [at(bestRegret, ours), at(bestRegret, theirs)];
  const { below, probability } = rankSum(a, b);
  return `${(median(a) / median(b)).toFixed(2).padStart(7)}  ${(100 * below).toFixed(0).padStart(3)} %  ${probability.toFixed(3)}`;
}

const known = [...problems, ...keptAside];
const withPeer = given.peers !== '' && (given.keep !== undefined || hasPython('optuna', 'torch', 'scipy'));
console.log(
  `median over ${seeds} seeds from ${firstSeed} on of the best regret after ${checkpoints.join(', ')} trials, and of the`,
);
console.log(
  `regret of the trial whose noisy value is best; then the first sampler's median as a share of this one's, how often it`,
);
console.log(`is lower (ties count half), and how probable that is of equals (two-sided rank-sum test)`);
for (const name of list(given.problems)) {
  const problem = known.find((candidate) => candidate.name === name);
  if (problem === undefined) throw new Error(`expected one of ${known.map((one) => one.name).join()}, got ${name}`);
  for (const mode of (Object.keys(MODES) as Mode[]).filter((one) => list(given.modes).includes(one))) {
    console.log(`${problem.name}, ${mode}`);
    let first: readonly Run[] | undefined;
    for (const strategy of list(given.ours)) {
      const runs = ourRuns(problem, strategy, mode);
      console.log(row(strategy, runs, first, mode));
      first ??= runs;
    }
    for (const peer of withPeer ? list(given.peers) : [])
      console.log(row(`Optuna ${peer}`, peerRuns(peer, problem, mode, trials, seedList, given.keep), first, mode));
  }
}
