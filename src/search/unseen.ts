// Parameters that no trial has yet, whatever a sampler would like best.
import type { RandomStream } from '../math/random.js';
import type { History } from '../study/history.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';

/** After so many known draws in a row the space is taken to be nearly exhausted, and its rest is listed. */
const DRAWS = 64;

/**
 * The first draw that no trial of the history has, running ones included; where most are known already, one of those left,
 * each as likely. Undefined when the space is exhausted.
 */
export function drawUnseen(
  space: SearchSpace,
  history: History,
  draw: (attempt: number) => Parameters,
  random: RandomStream,
): Parameters | undefined {
  for (let attempt = 0; attempt < DRAWS; attempt++) {
    const parameters = draw(attempt);
    if (!history.has(parameters)) return parameters;
  }
  return space.cardinality === Infinity ? firstUnseen(space, history) : anyUnseen(space, history, random);
}

/** With more float levels than there are trials, some point of the grid is unseen. */
function firstUnseen(space: SearchSpace, history: History): Parameters | undefined {
  for (const parameters of space.grid(history.trials.length + 2)) {
    if (!history.has(parameters)) return parameters;
  }
  return undefined;
}

/** One of the unseen by reservoir sampling. So many draws found none, so the space is about as small as the history. */
function anyUnseen(space: SearchSpace, history: History, random: RandomStream): Parameters | undefined {
  let picked: Parameters | undefined;
  let unseen = 0;
  for (const parameters of space.grid(1)) {
    if (history.has(parameters)) continue;
    unseen++;
    if (random.integer(unseen) === 0) picked = parameters;
  }
  return picked;
}
