// The data that a sampler's model is fitted to: values with how far each can be trusted, trials under way, trials that failed.
import type { History } from '../study/history.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { estimateLosses } from './estimate-losses.js';

export interface Observation {
  /** Shape [dimensions], NaN where inactive. */
  readonly unit: Float64Array;
  /** The value, its sign turned so that less is better. */
  readonly loss: number;
  /** What the value leaves open, as a share of the variance among trials: 0 for a final one, near 1 where hardly anything is known. */
  readonly doubt: number;
  /** False for what another study saw. */
  readonly own: boolean;
}

export interface ModelData {
  readonly observations: readonly Observation[];
  /** Points of trials that are asked or running. Those that have reported are among the observations too. */
  readonly pending: readonly Float64Array[];
  /** Points of failed trials. */
  readonly failed: readonly Float64Array[];
}

/** How many trials have a value or may still bring one; those that run and have reported count once. */
export function countKnown({ observations, pending }: ModelData): number {
  const reported = new Set(observations.map(({ unit }) => unit));
  return observations.length + pending.filter((unit) => !reported.has(unit)).length;
}

/** Points by parameters; parameters that are not of the space (any more) have none. */
const points = new WeakMap<SearchSpace, WeakMap<Parameters, Float64Array | null>>();

/** Everything that a history says about a space, trials in order of number. */
export function modelDataOf(space: SearchSpace, history: History): ModelData {
  const observations: Observation[] = [];
  const pending: Float64Array[] = [];
  const failed: Float64Array[] = [];
  const estimates = estimateLosses(history);
  for (const trial of history.trials) {
    const unit = pointOf(space, trial.parameters);
    // A baseline says nothing of its parameters: it started from other weights.
    if (unit === null || trial.source === 'baseline') continue;
    const estimate = estimates.get(trial.number);
    if (estimate !== undefined) observations.push({ unit, ...estimate, own: true });
    if (trial.state === 'asked' || trial.state === 'running') pending.push(unit);
    if (trial.state === 'failed') failed.push(unit);
  }
  return { observations, pending, failed };
}

function pointOf(space: SearchSpace, parameters: Parameters): Float64Array | null {
  let known = points.get(space);
  if (known === undefined) points.set(space, (known = new WeakMap()));
  let unit = known.get(parameters);
  if (unit === undefined) known.set(parameters, (unit = space.contains(parameters) ? space.encode(parameters) : null));
  return unit;
}
