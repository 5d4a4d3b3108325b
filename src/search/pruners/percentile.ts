// Median and percentile: a trial goes on while its best epoch so far is no worse than most completed trials at this epoch.
import { must } from '../../system/must.js';
import type { Objective } from '../../study/objective.js';
import { isOfSearch } from '../../study/trial.js';
import { type Entry, firstPlace, HistoryRanking } from './ranking.js';
import { go, type Rule } from './rule.js';
import { scoreAt, toScore } from './score.js';
import { counted, formatApart } from '../../system/format.js';

/**
 * Optuna's percentile rule (Golovin et al. 2017, section 3.2.1): the trial's best value so far against the percentile of
 * the completed trials' values at exactly this epoch, linearly interpolated. Equal is good enough.
 *
 * @param percentile in (0, 100), counted from the best: 25 keeps the best quarter.
 * @param startupTrials completed trials that must have reached the epoch.
 */
export function percentileRule(objective: Objective, percentile: number, startupTrials: number): Rule {
  const rankings: HistoryRanking[] = [];
  const rankingAt = (epoch: number): HistoryRanking =>
    (rankings[epoch] ??= new HistoryRanking((trial) =>
      trial.state === 'completed' && isOfSearch(trial) ? scoreAt(objective, trial, epoch) : undefined,
    ));
  const name = percentile === 50 ? 'a median' : `a best ${percentile} % mark`;

  return ({ epoch, best }, history) => {
    const others = rankingAt(epoch).of(history.trials);
    const needed = Math.max(1, startupTrials);
    if (others.length < needed)
      return go(`${counted(others.length, 'completed trial')} at epoch ${epoch}, ${needed} needed`);
    const mark = quantile(others, percentile / 100);
    const [ours, theirs] = formatApart(toScore(objective, best.score), toScore(objective, mark));
    const reason = `${ours} at epoch ${epoch} against ${name} of ${theirs} of ${counted(others.length, 'trial')}`;
    if (best.score >= mark) return go(reason);
    return { action: 'prune', reason, rival: { kind: 'trial', trial: nearest(others, mark).trial, epoch } };
  };
}

/** The score below a share of the best, linearly interpolated between neighbours. */
function quantile(ranking: readonly Entry[], share: number): number {
  const place = share * (ranking.length - 1);
  const [low, high] = [
    must(ranking[Math.floor(place)], 'a trial in the ranking'),
    must(ranking[Math.ceil(place)], 'a trial in the ranking'),
  ];
  return low === high ? low.score : low.score + (high.score - low.score) * (place - Math.floor(place));
}

/** The trial whose score lies nearest to the mark; the better one when two do. */
function nearest(ranking: readonly Entry[], mark: number): Entry {
  const place = Math.min(
    ranking.length - 1,
    firstPlace(ranking, ({ score }) => score <= mark),
  );
  const below = must(ranking[place], 'a trial in the ranking');
  const above = must(ranking[Math.max(0, place - 1)], 'a trial in the ranking');
  return above.score - mark <= mark - below.score ? above : below;
}
