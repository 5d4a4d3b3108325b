// Patience: a trial that has stopped improving is complete.
import { type Objective, valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import { go, type Rule } from './rule.js';
import { toScore } from './score.js';
import { counted, formatApart } from '../../system/format.js';

/**
 * Early stopping (Prechelt 1998): `patience` reports in a row without an improvement of more than `minDelta`. The trial
 * keeps its best epoch, so it is completed rather than pruned: it can be the best of all.
 * @param firstEpoch the epoch of a trial from which on it trains all that it ever trains. Earlier epochs do not count against it.
 */
export function patienceRule(
  objective: Objective,
  patience: number,
  minDelta: number,
  firstEpoch: (trial: Trial) => number = () => 1,
): Rule {
  return ({ trial, epoch }) => {
    const first = firstEpoch(trial);
    let mark: { epoch: number; value: number } | undefined;
    let since = 0;
    for (const report of trial.reports) {
      const value = valueOf(objective, report);
      const gain =
        value === undefined || mark === undefined ? 0 : toScore(objective, value) - toScore(objective, mark.value);
      if (value !== undefined && (mark === undefined || gain > minDelta)) {
        mark = { epoch: report.epoch, value };
        since = 0;
      } else if (mark !== undefined && report.epoch >= first) since++;
    }
    const margin = minDelta > 0 ? ` by more than ${minDelta}` : '';
    const [value] = formatApart(mark?.value ?? NaN);
    const reason = `no improvement on ${value} of epoch ${mark?.epoch}${margin} in ${counted(since, 'epoch')} up to epoch ${epoch}`;
    return since >= patience ? { action: 'complete', reason } : go(`${reason}; patience is ${patience}`);
  };
}
