// Hyperband: several halvings at once that begin at different rungs, each trial in one of them.
import { must } from '../../system/must.js';
import { RandomStream } from '../../math/random.js';
import type { Objective } from '../../study/objective.js';
import type { Rule } from './rule.js';
import { halvingRule } from './successive-halving.js';

export interface HyperbandSettings {
  /** The rungs of the most eager bracket, the last epoch included where it is one. */
  readonly rungs: readonly number[];
  readonly reduction: number;
  readonly seed: number;
}

/**
 * Brackets of asynchronous halving (Li et al. 2018, "Hyperband"); bracket s has all rungs but the first s. Which one a
 * trial belongs to follows from the seed and its number alone, so that a resumed study assigns the same.
 */
export function hyperbandRule(objective: Objective, { rungs, reduction, seed }: HyperbandSettings): Rule {
  const shares = bracketShares(rungs.length, reduction);
  const known: number[] = [];
  const bracketOf = (trial: number): number => (known[trial] ??= draw(shares, seed, trial));
  const rules = shares.map((_, bracket) =>
    halvingRule(objective, {
      rungs: rungs.slice(bracket),
      reduction,
      among: (trial) => bracketOf(trial.number) === bracket,
    }),
  );
  return (standing, history) => {
    const bracket = bracketOf(standing.trial.number);
    const decision = must(rules[bracket], 'a rule')(standing, history);
    return { ...decision, reason: `bracket ${bracket + 1} of ${rules.length}: ${decision.reason}` };
  };
}

/** How many trials each bracket gets for equal epochs in all: ⌈K / (K − s) · reduction^(K − 1 − s)⌉ of K brackets. */
export function bracketShares(brackets: number, reduction: number): number[] {
  return Array.from({ length: brackets }, (_, s) =>
    Math.ceil((brackets * reduction ** (brackets - 1 - s)) / (brackets - s)),
  );
}

function draw(shares: readonly number[], seed: number, trial: number): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  let rest = RandomStream.of(seed, 'hyperband bracket', trial).integer(total);
  const bracket = shares.findIndex((share) => (rest -= share) < 0);
  return Math.max(0, bracket);
}
