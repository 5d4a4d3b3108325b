// One run of one of our samplers on a test function.
import { RandomStream } from '../../src/math/random.js';
import { type SamplerOptions, createSampler } from '../../src/search/create-sampler.js';
import { HistoryLedger } from '../../src/study/history.js';
import { SearchSpace } from '../../src/study/space.js';
import type { Problem } from './problems.js';

/** By trial, in the order in which they ended. */
export interface Run {
  readonly regrets: readonly number[];
  /** What the sampler was told: the same, or with noise. */
  readonly told: readonly number[];
}

/** Whether values are noisy, and how many trials are in flight. */
export const MODES = { clean: [false, 1], noisy: [true, 1], parallel: [false, 4] } as const;
export type Mode = keyof typeof MODES;

const objective = { metric: 'loss', direction: 'minimize' } as const;

export function runSampler(problem: Problem, options: SamplerOptions, mode: Mode, trials: number, seed: number): Run {
  const [noisy, inFlight] = MODES[mode];
  const sampler = createSampler(options, new SearchSpace(problem.domains), objective, seed);
  const history = new HistoryLedger(objective);
  const noise = RandomStream.of(seed, 'noise');
  const running: number[] = [];
  const regrets: number[] = [];
  const told: number[] = [];
  const tellOldest = (): void => {
    const trial = running.shift() ?? 0;
    const regret = problem.regret(history.trials[trial]?.parameters ?? {});
    const loss = regret + (noisy ? problem.noise * noise.normal() : 0);
    regrets.push(regret);
    told.push(loss);
    history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { loss } }, at: 0 });
    history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  };
  for (let trial = 0; trial < trials; trial++) {
    const suggestion = sampler.ask(history, RandomStream.of(seed, 'ask', trial));
    if (suggestion === undefined) break;
    history.apply({ type: 'asked', trial, parameters: suggestion.parameters, source: 'sampler', at: 0 });
    history.apply({ type: 'started', trial, slot: 0, at: 0 });
    running.push(trial);
    if (running.length === inFlight) tellOldest();
  }
  while (running.length > 0) tellOldest();
  return { regrets, told };
}

/** The best true regret among the first so many trials. */
export function bestRegret({ regrets }: Run, trials: number): number {
  return Math.min(...regrets.slice(0, trials));
}

/** The true regret of the one of them whose told value is the best: what a person would take home. */
export function chosenRegret({ regrets, told }: Run, trials: number): number {
  const first = told.slice(0, trials);
  return regrets[first.indexOf(Math.min(...first))] ?? NaN;
}
