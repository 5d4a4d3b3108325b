// Threshold: a trial that has not reached a bound is dropped.
import type { Objective } from '../../study/objective.js';
import { go, type Rule } from './rule.js';
import { toScore } from './score.js';
import { formatApart } from '../../system/format.js';

/** `bound` is the worst value that is still good enough, in the objective's own units. */
export function thresholdRule(objective: Objective, bound: number): Rule {
  return ({ epoch, best }) => {
    const [value, limit] = formatApart(toScore(objective, best.score), bound);
    const reason = `${value} at epoch ${epoch} against a bound of ${limit}`;
    if (best.score >= toScore(objective, bound)) return go(reason);
    return { action: 'prune', reason, rival: { kind: 'bound', value: bound } };
  };
}
