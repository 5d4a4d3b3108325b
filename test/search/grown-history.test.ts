// What samplers keep of a history: suggestions are those of a sampler that sees the history for the first time.
import { expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { createSampler } from '../../src/search/create-sampler.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { Parameters } from '../../src/study/parameters.js';
import { must } from '../../src/system/must.js';
import type { Outcome } from '../../src/study/trial.js';
import { SearchSpace } from '../../src/study/space.js';

const DOMAINS = {
  rate: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
  kind: { type: 'choice', values: ['a', 'b'], ordinal: false },
  width: { type: 'float', min: 0, max: 1, scale: 'linear', when: { kind: ['b'] } },
} as const;

/** One of a study of three trials at once, which are reported and told in turns. */
function step(history: HistoryLedger, parameters: Parameters, random: RandomStream): void {
  const trial = history.trials.length;
  history.apply({ type: 'asked', trial, parameters, source: trial === 5 ? 'baseline' : 'sampler', at: 0 });
  history.apply({ type: 'started', trial, slot: 0, at: 0 });
  for (const { number, reports } of history.trials.filter(({ state }) => state === 'running')) {
    const loss = random.next() + 1 / (reports.length + 1);
    history.apply({ type: 'reported', trial: number, report: { epoch: reports.length + 1, metrics: { loss } }, at: 0 });
    if (random.next() < 0.7) continue;
    history.apply({ type: 'told', trial: number, outcome: outcomeOf(random.next(), reports.length + 1), at: 0 });
  }
}

function outcomeOf(chance: number, epoch: number): Outcome {
  if (chance < 0.2) return { status: 'failed', kind: 'crashed', message: 'broke' };
  return chance < 0.6 ? { status: 'pruned', epoch, reason: 'worse' } : { status: 'completed' };
}

it.each(['tpe', 'bayesian'] as const)('%s suggests what it would without having seen the history grow', (strategy) => {
  const warmStart = Array.from({ length: 12 }, (_, i) => ({
    parameters: { rate: 0.01 * (i + 1), kind: 'a' },
    value: i / 12,
  }));
  const options = { strategy, startupTrials: 4, warmStart };
  const makeSampler = () => {
    const objective = { metric: 'loss', direction: 'minimize' } as const;
    return {
      history: new HistoryLedger(objective),
      sampler: createSampler(options, new SearchSpace(DOMAINS), objective, 1),
    };
  };
  const grown = makeSampler();
  const outcomes = RandomStream.of('grown');
  const steps: Parameters[] = [];
  for (let trial = 0; trial < 16; trial++) {
    const random = () => RandomStream.of('ask', trial);
    const suggestion = grown.sampler.ask(grown.history, random());
    const fresh = makeSampler();
    const replayed = RandomStream.of('grown');
    for (const parameters of steps) step(fresh.history, parameters, replayed);
    expect(fresh.sampler.ask(fresh.history, random())).toEqual(suggestion);
    const { parameters } = must(suggestion, 'a suggestion');
    steps.push(parameters);
    step(grown.history, parameters, outcomes);
  }
});
