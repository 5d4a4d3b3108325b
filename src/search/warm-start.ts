// What another study found, as something to begin with: observations that count less than a study's own.
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { estimateLosses } from './estimate-losses.js';
import { type Surrogate, fitSurrogate } from './gp/surrogate.js';
import type { Knowledge, Observation } from './knowledge.js';

/** A trial of another study: its parameters and its value, or what that would probably have been. */
export interface PriorTrial {
  readonly parameters: Parameters;
  readonly value: number;
}

/** How much of the variance among trials another study's value leaves open, besides a shift that all values have in common. */
const DOUBT = 0.2;

/** The trials of a history that have values, for another study's `warmStart`; pruned ones with their probable final value. */
export function priorTrials(history: History): PriorTrial[] {
  const sign = history.objective.direction === 'maximize' ? -1 : 1;
  const estimates = estimateLosses(history);
  return history.trials.flatMap(({ number, parameters }) => {
    const estimate = estimates.get(number);
    return estimate === undefined ? [] : [{ parameters, value: sign * estimate.loss }];
  });
}

/**
 * Adds another study's trials to what is known. Trials outside the space are left out. Other data may make every value higher or
 * lower, so they are moved by the mean difference between the study's own values and what the others foretell there, a
 * difference that is taken to be small until several values speak for it.
 */
export class WarmStart {
  private readonly prior: readonly Observation[];
  private readonly foretold: Surrogate | undefined;

  constructor(space: SearchSpace, trials: readonly PriorTrial[], objective: Objective) {
    const sign = objective.direction === 'maximize' ? -1 : 1;
    const usable = trials.filter(({ parameters, value }) => Number.isFinite(value) && space.contains(parameters));
    this.prior = usable.map(({ parameters, value }) => {
      return { unit: space.encode(parameters), loss: sign * value, doubt: DOUBT, own: false };
    });
    this.foretold = this.prior.length === 0 ? undefined : fitSurrogate(space, this.prior);
  }

  /** The knowledge with the other study's observations in front. */
  added(knowledge: Knowledge): Knowledge {
    const shift = this.shift(knowledge.observations);
    const moved = this.prior.map((observation) => ({ ...observation, loss: observation.loss + shift }));
    return { ...knowledge, observations: [...moved, ...knowledge.observations] };
  }

  private shift(own: readonly Observation[]): number {
    if (this.foretold === undefined) return 0;
    const { process, warp } = this.foretold;
    const differences = own.map(
      ({ unit, loss }) => loss - warp.invert(process.predict(process.metric.place(unit)).mean),
    );
    return differences.reduce((sum, difference) => sum + difference, 0) / (differences.length + 1);
  }
}
