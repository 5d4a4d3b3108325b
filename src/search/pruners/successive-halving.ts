// Successive halving, asynchronous, stopping form: at each rung the best share goes on and the rest is dropped at once.
import { must } from '../../system/must.js';
import type { Objective } from '../../study/objective.js';
import { type Trial, isOfSearch } from '../../study/trial.js';
import { betterThan, HistoryRanking } from './ranking.js';
import { go, type Rule } from './rule.js';
import { justReached } from './rungs.js';
import { bestUpTo, epochOf, toScore } from './score.js';
import { counted, formatApart, ordinal } from '../../system/format.js';

export interface HalvingSettings {
  /** Epochs, ascending. */
  readonly rungs: readonly number[];
  /** One in so many goes on. */
  readonly reduction: number;
  /** Which trials are compared with each other; all by default. */
  readonly among?: (trial: Trial) => boolean;
}

/**
 * ASHA as Optuna and Ray Tune stop by it (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"): of
 * the n trials that have reached a rung, this one included, the best ⌊n / reduction⌋ go on, and at least the best one.
 * Values are the best up to the rung; equals share the better place. A trial that diverged later counts as the worst
 * of its rungs; one that failed for want of memory or by a crash says nothing of its parameters and is left out.
 */
export function halvingRule(objective: Objective, { rungs, reduction, among = () => true }: HalvingSettings): Rule {
  const rankings = rungs.map((rung) => new HistoryRanking((trial) => scoreAtRung(objective, trial, rung, among)));

  return ({ trial, epoch }, history) => {
    let decision = go(`epoch ${epoch}, between rungs`);
    for (const rung of justReached(rungs, trial)) {
      const best = bestUpTo(objective, trial, rung);
      if (best === undefined) continue;
      const ranking = must(rankings[rungs.indexOf(rung)], 'a ranking of the rung').of(history.trials);
      const keep = Math.max(1, Math.floor(ranking.length / reduction));
      const place = betterThan(ranking, best.score);
      const last = ranking[keep - 1];
      const [value, mark] = formatApart(toScore(objective, best.score), toScore(objective, last?.score ?? best.score));
      const reason = `${value} at epoch ${rung} is ${ordinal(place + 1)} of ${counted(ranking.length, 'trial')}; ${counted(keep, 'goes on', 'go on')}`;
      if (place >= keep && last !== undefined) {
        const rival = {
          kind: 'trial',
          trial: last.trial,
          epoch: bestEpoch(objective, history.trials[last.trial], rung),
        } as const;
        return { action: 'prune', reason: `${reason}, with ${mark} or better`, rival };
      }
      decision = go(reason);
    }
    return decision;
  };
}

function scoreAtRung(objective: Objective, trial: Trial, rung: number, among: (trial: Trial) => boolean) {
  if (!isOfSearch(trial) || epochOf(trial) < rung || !among(trial)) return undefined;
  if (trial.outcome?.status === 'failed') return trial.outcome.kind === 'diverged' ? -Infinity : undefined;
  return bestUpTo(objective, trial, rung)?.score;
}

function bestEpoch(objective: Objective, trial: Trial | undefined, rung: number): number {
  return (trial === undefined ? undefined : bestUpTo(objective, trial, rung)?.epoch) ?? rung;
}
