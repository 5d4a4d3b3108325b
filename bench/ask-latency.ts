// How long one suggestion takes after n trials, one thread, six parameters, beside Optuna's GP and TPE in the same run.
// Usage: npx tsx bench/ask-latency.ts [n …]
import { RandomStream } from '../src/math/random.js';
import { median } from '../src/math/quantile.js';
import { type SamplerOptions, createSampler } from '../src/search/create-sampler.js';
import { HistoryLedger } from '../src/study/history.js';
import type { Parameters } from '../src/study/parameters.js';
import { SearchSpace } from '../src/study/space.js';
import { problems } from './sampling/problems.js';
import { hasPython, runPeer } from './python.js';

const ASKS = 5;
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [50, 100, 200, 500, 1000];
const problem = problems.find(({ name }) => name === 'finetuning');
if (problem === undefined) throw new Error("expected a problem named 'finetuning'");
const { domains, regret } = problem;
const objective = { metric: 'loss', direction: 'minimize' } as const;

function add(history: HistoryLedger, parameters: Parameters): void {
  const trial = history.trials.length;
  history.apply({ type: 'asked', trial, parameters, source: 'sampler', at: 0 });
  history.apply({ type: 'started', trial, slot: 0, at: 0 });
  history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { loss: regret(parameters) } }, at: 0 });
  history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
}

/** Milliseconds of each ask; a new sampler every time, as after a restart: nothing is kept between asks anyway. */
function askTimes(options: SamplerOptions, trials: number): number[] {
  const space = new SearchSpace(domains);
  const history = new HistoryLedger(objective);
  const random = createSampler({ strategy: 'random' }, space, objective, 0);
  while (history.trials.length < trials) {
    const suggestion = random.ask(history, RandomStream.of('fill', history.trials.length));
    if (suggestion !== undefined) add(history, suggestion.parameters);
  }
  return Array.from({ length: ASKS }, () => {
    const started = performance.now();
    const sampler = createSampler(options, space, objective, 0);
    const suggestion = sampler.ask(history, RandomStream.of('ask', history.trials.length));
    const elapsed = performance.now() - started;
    if (suggestion !== undefined) add(history, suggestion.parameters);
    return elapsed;
  });
}

const withPeer = hasPython('optuna', 'torch', 'scipy');
console.log('     n   bayesian ms (first)   Optuna GP ms   ratio        tpe ms   Optuna TPE ms   ratio');
askTimes({ strategy: 'bayesian' }, 40);
for (const size of sizes) {
  const gp = askTimes({ strategy: 'bayesian' }, size);
  const tpe = askTimes({ strategy: 'tpe' }, size);
  const theirs = (sampler: string) =>
    withPeer ? Number(runPeer<Record<string, number>>('optuna_latency', sampler, ASKS, size)[size]) : NaN;
  const [theirGp, theirTpe] = [theirs('gp'), theirs('tpe')];
  const cells = [
    String(size).padStart(6),
    `${median(gp).toFixed(1)} (${(gp[0] ?? NaN).toFixed(1)})`.padStart(21),
    theirGp.toFixed(1).padStart(14),
    (median(gp) / theirGp).toFixed(2).padStart(7),
    median(tpe).toFixed(1).padStart(13),
    theirTpe.toFixed(1).padStart(15),
    (median(tpe) / theirTpe).toFixed(2).padStart(7),
  ];
  console.log(cells.join(' '));
}
