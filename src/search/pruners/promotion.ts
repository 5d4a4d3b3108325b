// The promotion form: a trial pauses at a rung with its checkpoint, and goes on once it is among those that are kept.
import { must } from '../../system/must.js';
import type { History } from '../../study/history.js';
import type { Trial } from '../../study/trial.js';
import type { Promotion, Pruner, Rival } from '../pruner.js';
import { type Ladder, LadderView, type RungView } from './ladder.js';
import { placeOf } from './ranking.js';
import { type Frame, go, decideBy, type RuleDecision, type Standing } from './rule.js';
import { justReached, rungsReached } from './rungs.js';
import { bestUpTo, type EpochScore, toScore } from './score.js';
import { counted, formatApart, ordinal } from '../../system/format.js';

/** So many times those kept stay paused, to step in for trials that fail. */
const RESERVE = 2;

/**
 * A trial goes on when fewer than the rung's quota can be better than it, however those do that are still to come. So
 * the order of arrival decides nothing, any number of workers spends the same epochs, and no trial waits for one that
 * cannot matter to it. The ladder may let some go on earlier.
 */
export class PromotionPruner implements Pruner {
  readonly decide: Pruner['decide'];
  private readonly view: LadderView;

  /**
   * @param trials the most trials that the study asks, where known: then a trial that is sure to be far from those kept
   *   is dropped at its rung rather than paused, and its checkpoint with it.
   */
  constructor(
    private readonly ladder: Ladder,
    private readonly frame: Frame,
    private readonly trials: number | undefined,
  ) {
    this.view = new LadderView(frame.objective, ladder);
    this.decide = decideBy((standing, history) => this.rule(standing, history), { ...frame, test: undefined });
  }

  promote(history: History, remaining: number): Promotion | undefined {
    const rungs = this.view.of(history, remaining);
    for (let k = rungs.length - 1; k >= 0; k--) {
      const rung = must(rungs[k], 'a rung');
      const next = rung.waiting[0];
      if (next === undefined || placeOf(rung.ranking, next) >= rung.open) continue;
      return { trial: next.trial, reason: this.words(must(history.trials[next.trial], 'a trial'), rung) };
    }
    const astray = this.view.beforeFirstRung(history);
    if (astray !== undefined) return { trial: astray, reason: 'paused before the first rung' };
    return remaining === 0 ? this.inDoubt(history, rungs) : undefined;
  }

  leftOver(trial: Trial, history: History): string {
    const rung = this.view.of(history, 0)[rungsReached(this.ladder.rungs, trial) - 1];
    return rung === undefined ? 'paused before the first rung' : this.words(trial, rung);
  }

  private rule({ trial, epoch, best }: Standing, history: History): RuleDecision {
    if (justReached(this.ladder.rungs, trial).length === 0) return go(`epoch ${epoch}, between rungs`);
    const k = rungsReached(this.ladder.rungs, trial) - 1;
    const remaining = this.trials === undefined ? 0 : Math.max(0, this.trials - this.view.searched(history));
    const rung = must(this.view.of(history, remaining)[k], 'a rung');
    const reason = this.words(trial, rung);
    const score = this.bestAt(trial, rung)?.score;
    if (score === undefined) return go(reason);
    if (this.trials === undefined) return { action: 'pause', reason };
    const place = placeOf(rung.ranking, { trial: trial.number, score });
    if (place < rung.open) return go(reason);
    const rival = this.lastOf(rung, rung.most, history);
    if (place < RESERVE * rung.most || rival === undefined) return { action: 'pause', reason };
    const finding = this.frame.test?.compare({ trial, epoch: best.epoch }, rival, history);
    if (finding === undefined) return { action: 'prune', reason, rival };
    const words = `${reason}; ${finding.words}`;
    return finding.inDoubt ? { action: 'pause', reason: words } : { action: 'prune', reason: words, rival };
  }

  /** The best paused trial that is out of its quota by no more than noise. */
  private inDoubt(history: History, rungs: readonly RungView[]): Promotion | undefined {
    if (this.frame.test === undefined) return undefined;
    for (const rung of rungs.toReversed()) {
      const trial = history.trials[rung.waiting[0]?.trial ?? -1];
      const best = trial && this.bestAt(trial, rung);
      const rival = this.lastOf(rung, rung.quota, history);
      if (rung.pending > 0 || trial === undefined || best === undefined || rival === undefined) continue;
      const finding = this.frame.test.compare({ trial, epoch: best.epoch }, rival, history);
      if (finding.inDoubt) return { trial: trial.number, reason: `${this.words(trial, rung)}; ${finding.words}` };
    }
    return undefined;
  }

  /** The last of the best so many of a rung. */
  private lastOf(rung: RungView, kept: number, history: History): Rival | undefined {
    const trial = history.trials[rung.ranking[kept - 1]?.trial ?? -1];
    const best = trial && this.bestAt(trial, rung);
    return trial && best && { kind: 'trial', trial: trial.number, epoch: best.epoch };
  }

  private bestAt(trial: Trial, rung: RungView): EpochScore | undefined {
    return bestUpTo(this.frame.objective, trial, rung.epoch);
  }

  private words(trial: Trial, rung: RungView): string {
    const { objective } = this.frame;
    const score = this.bestAt(trial, rung)?.score;
    if (score === undefined) return `no finite ${objective.metric} up to epoch ${rung.epoch}`;
    const place = placeOf(rung.ranking, { trial: trial.number, score });
    const last = rung.ranking[rung.quota - 1]?.score ?? score;
    const [value, mark] = formatApart(toScore(objective, score), toScore(objective, last));
    const there = counted(rung.ranking.length, 'trial');
    const toCome = rung.pending === 0 ? '' : `, up to ${rung.pending} to come`;
    const needed = place < rung.quota ? '' : ` with ${mark} or better`;
    return `${value} at epoch ${rung.epoch} is ${ordinal(place + 1)} of ${there}${toCome}; ${counted(rung.quota, 'goes on', 'go on')}${needed}`;
  }
}
