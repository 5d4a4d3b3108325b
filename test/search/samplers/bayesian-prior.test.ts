// Bayesian search with a prior: it begins with what is expected, and gives way where that is wrong.
import { describe, expect, it } from 'vitest';
import { median } from '../../../src/math/quantile.js';
import { createSampler } from '../../../src/search/create-sampler.js';
import type { Expect } from '../../../src/search/prior-trend.js';
import type { Domains, Parameters } from '../../../src/study/parameters.js';
import { SearchSpace } from '../../../src/study/space.js';
import { MINIMIZE, simulate } from '../simulation.js';

const domains: Domains = {
  x: { type: 'float', min: 0, max: 1, scale: 'linear' },
  y: { type: 'float', min: 0, max: 1, scale: 'linear' },
  kind: { type: 'choice', values: ['good', 'bad'], ordinal: false },
};
/** The best is 0, at x = 0.8, y = 0.3. */
const loss = ({ x, y, kind }: Parameters): number =>
  (Number(x) - 0.8) ** 2 + (Number(y) - 0.3) ** 2 + (kind === 'good' ? 0 : 0.3);
const expecting = (quality: (parameters: Parameters) => number): Expect => {
  return (parameters) => ({ quality: quality(parameters), logSeconds: 0 });
};
const right = expecting((parameters) => -4 * loss(parameters));
const wrong = expecting((parameters) => 4 * loss(parameters));

/** Best loss after so many trials, by seed. */
function bests(trials: number, expect?: Expect): number[] {
  return Array.from({ length: 10 }, (_, seed) => {
    const sampler = createSampler(
      { strategy: 'bayesian', ...(expect && { expect }) },
      new SearchSpace(domains),
      MINIMIZE,
      seed,
    );
    return simulate(sampler, loss, { trials, seed }).best?.best?.value ?? Infinity;
  });
}

/** Trials until the best loss is below a mark, by seed. */
function trialsUntil(mark: number, expect?: Expect): number[] {
  return Array.from({ length: 10 }, (_, seed) => {
    const sampler = createSampler(
      { strategy: 'bayesian', ...(expect && { expect }) },
      new SearchSpace(domains),
      MINIMIZE,
      seed,
    );
    const { trials } = simulate(sampler, loss, { trials: 40, seed });
    const first = trials.findIndex(({ best }) => (best?.value ?? Infinity) < mark);
    return first < 0 ? 40 : first + 1;
  });
}

describe('bayesian search with a prior', () => {
  it('begins near the best where the prior is right', () => {
    expect(median(bests(1, right))).toBeLessThan(0.01);
  });

  it('is at most a tenth slower where the prior is the opposite of the truth', () => {
    expect(median(trialsUntil(1e-3, wrong))).toBeLessThanOrEqual(1.1 * median(trialsUntil(1e-3)));
  });

  it('says what model, prior and cost had to say', () => {
    const knowing: Expect = (parameters) => ({ ...right(parameters), logSeconds: Math.log(2e6) });
    const space = new SearchSpace(domains);
    const sampler = createSampler({ strategy: 'bayesian', expect: knowing, costsUntil: 8 }, space, MINIMIZE, 0);
    const { trials } = simulate(sampler, loss, { trials: 5 });
    expect(trials[0]?.note).toMatch(
      /^start-up 1 of 2; the prior expects -?\S+ standard deviations; an epoch costs \S+ million multiply-accumulates an image$/,
    );
    expect(trials[4]?.note).toMatch(
      /^expected loss .*, log expected improvement \S+; the prior expects -?\S+ standard deviations, worth [+-]\S+ loss here; an epoch costs \S+ million multiply-accumulates an image, to the power of 0\.1[23]/,
    );
  });

  it('says what the prior expects of parameters that are given', () => {
    const sampler = createSampler({ strategy: 'bayesian', expect: right }, new SearchSpace(domains), MINIMIZE, 0);
    expect(sampler.note?.({ x: 0.8, y: 0.3, kind: 'bad' })).toBe('the prior expects -1.2 standard deviations');
    const without = createSampler({ strategy: 'bayesian' }, new SearchSpace(domains), MINIMIZE, 0);
    expect(without.note?.({ x: 0.8, y: 0.3, kind: 'bad' })).toBeUndefined();
  });

  it('proposes only what it is given, each once', () => {
    const space = new SearchSpace(domains);
    const among = [0.1, 0.5, 0.9].map((x) => ({ x, y: x, kind: 'good' }));
    const sampler = createSampler({ strategy: 'bayesian', expect: right, among }, space, MINIMIZE, 0);
    const { trials } = simulate(sampler, loss, { trials: 3 });
    expect(new Set(trials.map(({ parameters }) => parameters.x))).toEqual(new Set([0.1, 0.5, 0.9]));
  });
});
