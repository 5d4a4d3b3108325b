// Simple regret of the samplers over trials on known functions, beside Optuna's TPE and GP where a Python has them.
// Usage: npx tsx bench/samplers.ts [problem,… [clean,noisy,parallel [seeds [trials]]]]; HPO_PYTHON names the Python.
//
// Regret is that of the best true value among the trials so far. `parallel` keeps four trials in flight. Everything: hours,
// nearly all of them Optuna's; one problem and mode: minutes.
import { median } from '../src/math/quantile.js';
import { RandomStream } from '../src/math/random.js';
import { createSampler } from '../src/search/create-sampler.js';
import { HistoryLedger } from '../src/study/history.js';
import { SearchSpace } from '../src/study/space.js';
import { type Problem, problems } from './problems.js';
import { hasPython, runPeer } from './python.js';

type Traces = readonly (readonly number[])[];

const modes = { clean: [false, 1], noisy: [true, 1], parallel: [false, 4] } as const;
const [
  names = problems.map(({ name }) => name).join(),
  modeNames = Object.keys(modes).join(),
  seeds = '20',
  trials = '60',
] = process.argv.slice(2);
const checkpoints = [0.25, 0.5, 1].map((share) => Math.round(share * Number(trials)));
const objective = { metric: 'loss', direction: 'minimize' } as const;

/** The best regret after each trial that was told. */
function trace(
  problem: Problem,
  strategy: 'random' | 'tpe' | 'bayesian',
  noisy: boolean,
  inFlight: number,
  seed: number,
): number[] {
  const sampler = createSampler({ strategy }, new SearchSpace(problem.domains), objective, seed);
  const history = new HistoryLedger(objective);
  const noise = RandomStream.of(seed, 'noise');
  const running: number[] = [];
  const bests: number[] = [];
  const tellOldest = (): void => {
    const trial = running.shift() ?? 0;
    const regret = problem.regret(history.trials[trial]?.parameters ?? {});
    const loss = regret + (noisy ? problem.noise * noise.normal() : 0);
    bests.push(Math.min(regret, bests.at(-1) ?? Infinity));
    history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { loss } }, at: 0 });
    history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  };
  for (let trial = 0; trial < Number(trials); trial++) {
    const suggestion = sampler.ask(history, RandomStream.of(seed, 'ask', trial));
    if (suggestion === undefined) break;
    history.apply({ type: 'asked', trial, parameters: suggestion.parameters, source: 'sampler', at: 0 });
    history.apply({ type: 'started', trial, slot: 0, at: 0 });
    running.push(trial);
    if (running.length === inFlight) tellOldest();
  }
  while (running.length > 0) tellOldest();
  return bests;
}

const at = (traces: Traces, trial: number): number[] => traces.map((bests) => bests[trial - 1] ?? NaN);

/** How often a run of the first is better than one of the second, ties counting half. */
function winShare(ours: readonly number[], theirs: readonly number[]): number {
  const wins = ours.flatMap((a) => theirs.map((b) => (a < b ? 1 : a === b ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

function row(label: string, traces: Traces, bayesian: Traces): string {
  const last = at(traces, Number(trials));
  const ours = at(bayesian, Number(trials));
  const cells = checkpoints.map((trial) => median(at(traces, trial)).toExponential(1).padStart(10));
  const comparison =
    traces === bayesian
      ? ''
      : `${(median(ours) / median(last)).toExponential(1)}  ${(100 * winShare(ours, last)).toFixed(0)} %`;
  return `  ${label.padEnd(12)}${cells.join('')}   ${comparison}`;
}

const withPeer = hasPython('optuna', 'torch', 'scipy');
console.log(
  `median regret over ${seeds} seeds after ${checkpoints.join(', ')} trials; then bayesian's as a share of it, and how often it is lower`,
);
for (const problem of problems.filter(({ name }) => names.split(',').includes(name))) {
  for (const mode of Object.keys(modes).filter((name): name is keyof typeof modes =>
    modeNames.split(',').includes(name),
  )) {
    const [noisy, inFlight] = modes[mode];
    const run = (strategy: 'random' | 'tpe' | 'bayesian'): Traces =>
      Array.from({ length: Number(seeds) }, (_, seed) => trace(problem, strategy, noisy, inFlight, seed));
    const bayesian = run('bayesian');
    console.log(`${problem.name}, ${mode}`);
    console.log(row('bayesian', bayesian, bayesian));
    for (const strategy of ['tpe', 'random'] as const) console.log(row(strategy, run(strategy), bayesian));
    for (const peer of withPeer ? ['gp', 'tpe'] : []) {
      const { traces } = runPeer<{ traces: Traces }>(
        'optuna_samplers',
        peer,
        problem.name,
        noisy ? 1 : 0,
        inFlight,
        trials,
        seeds,
      );
      console.log(row(`Optuna ${peer}`, traces, bayesian));
    }
  }
}
