// What another study found, as something to begin with: observations that count less than a study's own.
import { must } from '../system/must.js';
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import type { Parameters } from '../study/parameters.js';
import type { PriorTrial } from '../study/prior-trial.js';
import type { SearchSpace } from '../study/space.js';
import { estimateLosses } from './estimate-losses.js';
import { type Surrogate, fitSurrogate, representatives } from './gp/surrogate.js';
import type { ModelData, Observation } from './model-data.js';

/** How much of the variance among trials another study's value leaves open, besides a shift that all values have in common. */
const DOUBT = 0.2;
/** Of a larger study so many trials are taken, the better half of them its best: the model has room for the study's own. */
const MOST = 200;

/**
 * The trials of a history that have values and lie in a space, for `warmStart` of a study of that space; pruned ones with their
 * probable final value. Parameters that the space does not have are left out.
 * @param fixed what every trial of the history had besides: a parameter that is searched now and was not then.
 */
export function priorTrials(
  history: History,
  space: SearchSpace,
  fixed: Readonly<Record<string, unknown>> = {},
): PriorTrial[] {
  const sign = history.objective.direction === 'maximize' ? -1 : 1;
  const estimates = estimateLosses(history);
  return history.trials.flatMap((trial) => {
    const estimate = estimates[trial.number];
    const parameters = within(space, { ...fixed, ...trial.parameters } as Parameters);
    return estimate === undefined || !space.contains(parameters) ? [] : [{ parameters, value: sign * estimate.loss }];
  });
}

/** What a space has of the parameters. */
function within(space: SearchSpace, parameters: Parameters): Parameters {
  const names = space.names.filter((name) => Object.hasOwn(parameters, name) && space.isActive(name, parameters));
  return Object.fromEntries(names.map((name) => [name, must(parameters[name], 'a value of the domain')]));
}

/**
 * Adds another study's trials to what is known. Trials outside the space are left out. Other data may make every value higher or
 * lower, so they are moved by the mean difference between the study's own values and what the others foretell there, a
 * difference that is taken to be small until several values speak for it.
 */
export class WarmStart {
  private readonly prior: readonly Observation[];
  private readonly foretold: Surrogate | undefined;
  /** What is foretold never changes, and a study of thousands of trials asks for it at every suggestion. */
  private readonly losses = new WeakMap<Float64Array, number>();

  constructor(space: SearchSpace, trials: readonly PriorTrial[], objective: Objective) {
    const sign = objective.direction === 'maximize' ? -1 : 1;
    const usable = trials.filter(({ parameters, value }) => Number.isFinite(value) && space.contains(parameters));
    const chosen = representatives(
      usable.map(({ value }) => sign * value),
      MOST,
    );
    this.prior = chosen.map((i) => {
      const { parameters, value } = must(usable[i], 'a prior trial');
      return { unit: space.encode(parameters), loss: sign * value, doubt: DOUBT, own: false };
    });
    this.foretold = this.prior.length === 0 ? undefined : fitSurrogate(space, this.prior);
  }

  /** The data with the other study's observations in front. */
  added(data: ModelData): ModelData {
    const shift = this.shift(data.observations);
    const moved = this.prior.map((observation) => ({ ...observation, loss: observation.loss + shift }));
    return { ...data, observations: [...moved, ...data.observations] };
  }

  private shift(own: readonly Observation[]): number {
    if (this.foretold === undefined) return 0;
    let sum = 0;
    for (const { unit, loss } of own) sum += loss - this.lossAt(unit, this.foretold);
    return sum / (own.length + 1);
  }

  /** What the others foretell at a point. */
  private lossAt(unit: Float64Array, { process, warp }: Surrogate): number {
    let loss = this.losses.get(unit);
    if (loss === undefined) {
      loss = warp.invert(process.predict(process.distance.place(unit)).mean);
      this.losses.set(unit, loss);
    }
    return loss;
  }
}
