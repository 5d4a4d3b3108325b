// The data that a sampler's model is fitted to: values with how far each can be trusted, trials under way, trials that failed.
import type { History } from '../study/history.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import type { Trial } from '../study/trial.js';
import { ByTrial } from './by-trial.js';
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
  if (pending.length === 0) return observations.length;
  const waiting = new Set(pending);
  const reported = new Set<Float64Array>();
  for (const { unit } of observations) if (waiting.has(unit)) reported.add(unit);
  return observations.length + pending.filter((unit) => !reported.has(unit)).length;
}

/** A trial of the space. */
interface Placed {
  readonly trial: number;
  readonly unit: Float64Array;
  readonly state: Trial['state'];
}

/** The trials that were looked at last, for each space; undefined for those that say nothing of their parameters. */
const lastSeen = new WeakMap<SearchSpace, ByTrial<Placed | undefined>>();

/** Everything that a history says about a space, trials in order of number. */
export function modelDataOf(space: SearchSpace, history: History): ModelData {
  const observations: Observation[] = [];
  const pending: Float64Array[] = [];
  const failed: Float64Array[] = [];
  const estimates = estimateLosses(history);
  let seen = lastSeen.get(space);
  if (seen === undefined) lastSeen.set(space, (seen = new ByTrial(placing(space))));
  for (const placed of seen.of(history.trials)) {
    if (placed === undefined) continue;
    const { trial, unit, state } = placed;
    const estimate = estimates[trial];
    if (estimate !== undefined) observations.push({ unit, loss: estimate.loss, doubt: estimate.doubt, own: true });
    if (state === 'asked' || state === 'running') pending.push(unit);
    if (state === 'failed') failed.push(unit);
  }
  return { observations, pending, failed };
}

/** The same parameters have the same point, as an object too: a trial that runs is told by it from one that was not asked. */
function placing(space: SearchSpace): (trial: Trial) => Placed | undefined {
  const points = new WeakMap<Parameters, Float64Array | null>();
  return ({ number, parameters, source, state }) => {
    // A baseline says nothing of its parameters: it started from other weights. A fold is in its trial's value.
    if (source === 'baseline' || source === 'fold') return undefined;
    let unit = points.get(parameters);
    if (unit === undefined) {
      // Parameters that are not of the space (any more) have no point.
      unit = space.contains(parameters) ? space.encode(parameters) : null;
      points.set(parameters, unit);
    }
    return unit === null ? undefined : { trial: number, unit, state };
  };
}
