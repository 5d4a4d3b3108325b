// What every sampler promises, whatever its strategy.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { createSampler, type SamplerOptions } from '../../src/search/create-sampler.js';
import { parametersKey } from '../../src/study/history.js';
import type { Domains, Parameters } from '../../src/study/parameters.js';
import { SearchSpace } from '../../src/study/space.js';
import { MINIMIZE, finish, simulate, start } from './simulation.js';

const strategies: SamplerOptions[] = [
  { strategy: 'grid', levels: 4 },
  { strategy: 'random' },
  { strategy: 'sobol' },
  { strategy: 'bayesian' },
  { strategy: 'tpe' },
];

const mixed = new SearchSpace({
  learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
  batchSize: { type: 'choice', values: [8, 16, 32, 64], ordinal: true },
  optimizer: { type: 'choice', values: ['adam', 'sgd'], ordinal: false },
  momentum: { type: 'float', min: 0, max: 0.99, scale: 'linear', when: { optimizer: ['sgd'] } },
  depth: { type: 'int', min: 0, max: 4, scale: 'linear' },
});

const small: Domains = {
  depth: { type: 'int', min: 0, max: 3, scale: 'linear' },
  kind: { type: 'choice', values: ['a', 'b', 'c'], ordinal: false },
  extra: { type: 'int', min: 1, max: 5, scale: 'log', when: { kind: ['c'] } },
};

const score = (parameters: Parameters): number => {
  const rate = Math.log10((parameters.learningRate as number | undefined) ?? 1e-3);
  return (rate + 3) ** 2 + Math.abs(((parameters.depth as number | undefined) ?? 0) - 2);
};

describe.each(strategies)('$strategy', (options) => {
  it('proposes valid parameters', () => {
    const history = simulate(createSampler(options, mixed, MINIMIZE, 1), score, { trials: 25 });
    expect(history.trials).toHaveLength(25);
    for (const trial of history.trials) mixed.validate(trial.parameters);
  });

  it('sees every point of a finite space exactly once, then ends', () => {
    const space = new SearchSpace(small);
    const history = simulate(createSampler(options, space, MINIMIZE, 1), score, { trials: 100 });
    expect(history.trials).toHaveLength(space.cardinality);
    expect(new Set(history.trials.map((trial) => parametersKey(trial.parameters))).size).toBe(space.cardinality);
  });

  it('does not repeat what is running', () => {
    const space = new SearchSpace(small);
    const history = simulate(createSampler(options, space, MINIMIZE, 1), score, { trials: 100, inFlight: 8 });
    expect(new Set(history.trials.map((trial) => parametersKey(trial.parameters))).size).toBe(space.cardinality);
  });

  it('does not repeat what a user enqueued or what failed', () => {
    const space = new SearchSpace({ n: { type: 'int', min: 1, max: 3, scale: 'linear' } });
    const sampler = createSampler(options, space, MINIMIZE, 1);
    const history = simulate(sampler, score, { trials: 0 });
    finish(history, start(history, { n: 2 }, 'enqueued'), [1]);
    finish(history, start(history, { n: 3 }, 'enqueued'), [], { status: 'failed', kind: 'crashed', message: '' });
    expect(sampler.ask(history, RandomStream.of(1))?.parameters).toEqual({ n: 1 });
    finish(history, start(history, { n: 1 }), [1]);
    expect(sampler.ask(history, RandomStream.of(2))).toBeUndefined();
  });

  it('answers the same for the same history and stream, whatever was asked before', () => {
    const veteran = createSampler(options, mixed, MINIMIZE, 3);
    const history = simulate(veteran, score, { trials: 14, inFlight: 3 });
    start(history, veteran.ask(history, RandomStream.of('running'))?.parameters ?? {});
    const other = simulate(veteran, score, { trials: 3, seed: 99 });
    veteran.ask(other, RandomStream.of('elsewhere'));
    const newcomer = createSampler(options, mixed, MINIMIZE, 3);
    expect(veteran.ask(history, RandomStream.of('next'))).toEqual(newcomer.ask(history, RandomStream.of('next')));
  });

  it('asking twice without a trial in between gives the same answer twice', () => {
    const sampler = createSampler(options, mixed, MINIMIZE, 3);
    const history = simulate(sampler, score, { trials: 5 });
    expect(sampler.ask(history, RandomStream.of(1))).toEqual(sampler.ask(history, RandomStream.of(1)));
  });

  it('copes with a space of one point', () => {
    const space = new SearchSpace({ only: { type: 'choice', values: ['x'], ordinal: false } });
    const history = simulate(createSampler(options, space, MINIMIZE, 1), score, { trials: 5 });
    expect(history.trials.map((trial) => trial.parameters)).toEqual([{ only: 'x' }]);
  });
});
