// The first trials where there is a prior: what it thinks the most of, each time something else.
import type { History } from '../study/history.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { Distance } from './gp/kernel.js';
import type { Expect } from './prior-trend.js';

/** Two points at this mean squared distance a coordinate have a correlation of 1/e. */
const WIDTH = 0.1;

/** Of the candidates that no trial has, the one with the highest quality less its correlation with the nearest known trial. */
export function mostExpected(
  space: SearchSpace,
  expect: Expect,
  candidates: readonly Parameters[],
  history: History,
): Parameters | undefined {
  const distance = new Distance(space);
  const place = (parameters: Parameters): Float64Array => distance.place(space.encode(parameters));
  const known = history.trials
    .filter(({ parameters }) => space.contains(parameters))
    .map(({ parameters }) => place(parameters));
  let best: Parameters | undefined;
  let highest = -Infinity;
  for (const parameters of candidates) {
    if (history.has(parameters)) continue;
    const own = place(parameters);
    const nearest = known.reduce((most, point) => Math.max(most, correlation(distance, own, point)), 0);
    const score = expect(parameters).quality - nearest;
    if (score > highest) [best, highest] = [parameters, score];
  }
  return best;
}

function correlation(distance: Distance, a: Float64Array, b: Float64Array): number {
  let q = 0;
  for (let d = 0; d < a.length; d++) q += distance.part(d, a[d]!, b[d]!);
  return Math.exp(-q / (WIDTH * Math.max(1, a.length)));
}
