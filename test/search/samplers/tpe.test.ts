// The TPE sampler.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { createSampler } from '../../../src/search/create-sampler.js';
import { ParzenDensity } from '../../../src/search/tpe/parzen.js';
import type { Parameters } from '../../../src/study/parameters.js';
import { SearchSpace } from '../../../src/study/space.js';
import { MINIMIZE, simulate, start } from '../simulation.js';
import { regrets } from './branin.js';

const conditional = new SearchSpace({
  optimizer: { type: 'choice', values: ['adam', 'sgd'], ordinal: false },
  momentum: { type: 'float', min: 0, max: 1, scale: 'linear', when: { optimizer: ['sgd'] } },
});

describe('TpeSampler', () => {
  it('finds lower values than random search, by more than chance allows', () => {
    // Under the hypothesis of no difference 10 or more of 12 has probability 0.019.
    const ours = regrets('tpe', 50, 12);
    const theirs = regrets('random', 50, 12);
    expect(ours.filter((regret, i) => regret < (theirs[i] ?? 0)).length).toBeGreaterThanOrEqual(10);
  });

  it('learns a conditional parameter from the trials in which it is active', () => {
    const evaluate = ({ optimizer, momentum }: Parameters): number =>
      optimizer === 'sgd' ? Math.abs(Number(momentum) - 0.9) : 0.4;
    const history = simulate(createSampler({ strategy: 'tpe' }, conditional, MINIMIZE, 1), evaluate, { trials: 60 });
    expect(history.best?.parameters.optimizer).toBe('sgd');
    expect(history.best?.best?.value ?? NaN).toBeLessThan(0.03);
  });

  it('does not crowd trials that are running', () => {
    const space = new SearchSpace({ x: { type: 'float', min: 0, max: 1, scale: 'linear' } });
    const sampler = createSampler({ strategy: 'tpe' }, space, MINIMIZE, 1);
    const history = simulate(sampler, ({ x }) => Math.abs(Number(x) - 0.5), { trials: 20 });
    for (let i = 0; i < 6; i++) start(history, sampler.ask(history, RandomStream.of(i))?.parameters ?? {});
    const running = history.trials
      .slice(20)
      .map(({ parameters }) => Number(parameters.x))
      .sort((a, b) => a - b);
    expect((running.at(-1) ?? 0) - (running[0] ?? 0)).toBeGreaterThan(0.05);
  });
});

describe('ParzenDensity', () => {
  it('integrates to one', () => {
    const space = new SearchSpace({
      x: { type: 'float', min: 0, max: 1, scale: 'linear' },
      kind: { type: 'choice', values: ['a', 'b', 'c'], ordinal: false },
    });
    const density = new ParzenDensity(space, [
      space.encode({ x: 0.02, kind: 'a' }),
      space.encode({ x: 0.7, kind: 'c' }),
    ]);
    let sum = 0;
    for (let i = 0; i < 500; i++) {
      for (const kind of ['a', 'b', 'c'])
        sum += Math.exp(density.logDensity(space.encode({ x: (i + 0.5) / 500, kind }))) / 500;
    }
    expect(sum).toBeCloseTo(1, 4);
  });

  it('draws where it is dense', () => {
    const space = new SearchSpace({ x: { type: 'float', min: 0, max: 1, scale: 'linear' } });
    const density = new ParzenDensity(
      space,
      Array.from({ length: 30 }, () => Float64Array.of(0.8)),
    );
    const random = RandomStream.of(1);
    const near = Array.from({ length: 300 }, () => density.draw(random)[0] as number).filter(
      (x) => Math.abs(x - 0.8) < 0.15,
    );
    expect(near.length).toBeGreaterThan(240);
  });
});
