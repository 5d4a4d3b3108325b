// Beginning with what another study found.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { createSampler } from '../../src/search/create-sampler.js';
import { modelDataOf } from '../../src/search/model-data.js';
import { WarmStart, priorTrials } from '../../src/search/warm-start.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { Parameters } from '../../src/study/parameters.js';
import { SearchSpace } from '../../src/study/space.js';
import { MINIMIZE, finish, simulate, start } from './simulation.js';

const space = new SearchSpace({
  x: { type: 'float', min: 0, max: 1, scale: 'linear' },
  y: { type: 'float', min: 0, max: 1, scale: 'linear' },
});
const bowl = ({ x, y }: Parameters): number => (Number(x) - 0.2) ** 2 + (Number(y) - 0.7) ** 2;
const before = simulate(createSampler({ strategy: 'sobol' }, space, MINIMIZE, 1), bowl, { trials: 30 });

describe('priorTrials', () => {
  it('lists values as the objective has them, the pruned ones estimated, the failed ones left out', () => {
    const history = new HistoryLedger({ metric: 'f1', direction: 'maximize' });
    finish(history, start(history, { x: 0.1, y: 0.1 }), [0.7, 0.9]);
    finish(history, start(history, { x: 0.2, y: 0.1 }), [0.6], { status: 'pruned', epoch: 1, reason: '' });
    finish(history, start(history, { x: 0.3, y: 0.1 }), [], { status: 'failed', kind: 'crashed', message: '' });
    expect(priorTrials(history, space)).toEqual([
      { parameters: { x: 0.1, y: 0.1 }, value: 0.9 },
      // The one that went further gained 0.2 from there.
      { parameters: { x: 0.2, y: 0.1 }, value: 0.8 },
    ]);
  });
});

describe('priorTrials of another space', () => {
  const wider = new SearchSpace({
    x: { type: 'float', min: 0, max: 0.5, scale: 'linear' },
    kind: { type: 'choice', values: ['a', 'b'], ordinal: false },
    depth: { type: 'int', min: 1, max: 3, scale: 'linear', when: { kind: ['b'] } },
  });
  const history = new HistoryLedger(MINIMIZE);
  finish(history, start(history, { x: 0.1, y: 0.1 }), [1]);
  finish(history, start(history, { x: 0.7, y: 0.1 }), [2]);

  it('takes what was fixed then and is searched now, and leaves out what is not searched any more', () => {
    expect(priorTrials(history, wider, { kind: 'a', depth: 2, optimizer: { type: 'adam' } })).toEqual([
      { parameters: { x: 0.1, kind: 'a' }, value: 1 },
    ]);
    expect(priorTrials(history, wider, { kind: 'b', depth: 2 })[0]?.parameters).toEqual({
      x: 0.1,
      kind: 'b',
      depth: 2,
    });
  });

  it('takes none that lack a parameter', () => {
    expect(priorTrials(history, wider, { kind: 'b' })).toEqual([]);
  });
});

describe('WarmStart', () => {
  const warmStart = new WarmStart(space, priorTrials(before, space), MINIMIZE);

  it('leaves out what is not of the space and what is not finite', () => {
    const odd = [
      { parameters: { x: 2, y: 0 }, value: 1 },
      { parameters: { z: 1 }, value: 1 },
      { parameters: { x: 0, y: 0 }, value: NaN },
    ];
    const empty = modelDataOf(space, new HistoryLedger(MINIMIZE));
    expect(new WarmStart(space, odd, MINIMIZE).added(empty).observations).toEqual([]);
  });

  it('moves the other values by how much this study is above them', () => {
    const history = new HistoryLedger(MINIMIZE);
    for (const parameters of [
      { x: 0.3, y: 0.6 },
      { x: 0.1, y: 0.2 },
      { x: 0.8, y: 0.9 },
    ]) {
      finish(history, start(history, parameters), [bowl(parameters) + 10]);
    }
    const { observations } = warmStart.added(modelDataOf(space, history));
    const first = before.trials[0]?.best?.value ?? NaN;
    // Three values speak for a difference of 10, one imagined value for none.
    expect((observations[0]?.loss ?? NaN) - first).toBeCloseTo(7.5, 1);
    expect(observations.at(-1)?.own).toBe(true);
  });

  it.each(['bayesian', 'tpe'] as const)('%s begins where the other study found the best', (strategy) => {
    const sampler = createSampler({ strategy, warmStart: priorTrials(before, space) }, space, MINIMIZE, 1);
    const history = simulate(sampler, bowl, { trials: 4 });
    const values = history.trials.map((trial) => trial.best?.value ?? NaN);
    expect(Math.min(...values)).toBeLessThan(0.02);
    expect(history.trials[0]?.note ?? '').not.toContain('start-up');
  });

  it('takes the best and a sample of the others of a large study', () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({ parameters: { x: i / 3000, y: 0.5 }, value: 3000 - i }));
    const { observations } = new WarmStart(space, many, MINIMIZE).added(
      modelDataOf(space, new HistoryLedger(MINIMIZE)),
    );
    expect(observations).toHaveLength(200);
    expect(Math.min(...observations.map(({ loss }) => loss))).toBe(1);
    expect(Math.max(...observations.map(({ loss }) => loss))).toBeGreaterThan(2900);
  });

  it('the best of the other study may be tried again', () => {
    const only = [{ parameters: { x: 0.2, y: 0.7 }, value: 0 }, ...priorTrials(before, space)];
    const sampler = createSampler({ strategy: 'bayesian', warmStart: only }, space, MINIMIZE, 1);
    expect(sampler.ask(new HistoryLedger(MINIMIZE), RandomStream.of(1))).toBeDefined();
  });
});
