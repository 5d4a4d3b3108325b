// The promotion form: a trial pauses at a rung with its checkpoint, and goes on once it is among those that are kept.
import type { History } from '../../study/history.js';
import type { Trial } from '../../study/trial.js';
import type { Promotion, Pruner, Verdict } from '../pruner.js';
import { type Ladder, LadderView, type RungView } from './ladder.js';
import { placeOf } from './ranking.js';
import { type Frame, go, judgeBy, type Standing } from './rule.js';
import { justReached, rungsReached } from './rungs.js';
import { bestUpTo, toScore } from './score.js';
import type { Finding } from './significance.js';
import { count, digits, goOn, ordinal } from './words.js';

/**
 * A trial goes on when fewer than the rung's quota can be better than it, however those do that are still to come. So
 * the order of arrival decides nothing, any number of workers spends the same epochs, and no trial waits for one that
 * cannot matter to it. The ladder may let some go on earlier.
 */
export class PromotionPruner implements Pruner {
  readonly judge: Pruner['judge'];
  private readonly view: LadderView;

  /**
   * @param trials the most trials that the study asks, where known: then a trial that cannot be among those kept is
   *   dropped at its rung rather than paused, and its checkpoint with it.
   */
  constructor(
    private readonly ladder: Ladder,
    private readonly frame: Frame,
    private readonly trials: number | undefined,
  ) {
    this.view = new LadderView(frame.objective, ladder);
    this.judge = judgeBy((standing, history) => this.rule(standing, history), { ...frame, test: undefined });
  }

  promote(history: History, remaining: number): Promotion | undefined {
    const rungs = this.view.of(history, remaining);
    for (let k = rungs.length - 1; k >= 0; k--) {
      const rung = rungs[k] as RungView;
      const kept = rung.ranking.slice(0, Math.max(0, rung.open));
      const next = kept.map(({ trial }) => history.trials[trial] as Trial).find((trial) => this.view.waitsAt(trial, k));
      if (next !== undefined) return { trial: next.number, reason: this.words(next, rung) };
    }
    return this.beforeFirstRung(history) ?? (remaining === 0 ? this.inDoubt(history, rungs) : undefined);
  }

  leftOver(trial: Trial, history: History): string {
    const rung = this.view.of(history, 0)[rungsReached(this.ladder.rungs, trial) - 1];
    return rung === undefined ? 'paused before the first rung' : this.words(trial, rung);
  }

  private rule({ trial, epoch }: Standing, history: History): Verdict {
    if (justReached(this.ladder.rungs, trial).length === 0) return go(`epoch ${epoch}, between rungs`);
    const k = rungsReached(this.ladder.rungs, trial) - 1;
    const searched = history.trials.filter(({ source }) => source !== 'confirmation').length;
    const rung = this.view.of(history, Math.max(0, (this.trials ?? searched) - searched))[k] as RungView;
    const reason = this.words(trial, rung);
    const place = this.placeAt(rung, trial);
    if (place === undefined) return go(reason);
    if (this.trials === undefined) return { action: 'pause', reason };
    if (place < rung.open) return go(reason);
    if (place < rung.most) return { action: 'pause', reason };
    const finding = this.compare(trial, rung, rung.most, history);
    const words = finding === undefined ? reason : `${reason}; ${finding.words}`;
    return { action: finding?.inDoubt === true ? 'pause' : 'prune', reason: words };
  }

  /** A trial that an earlier version of the study paused where no rung is now. */
  private beforeFirstRung(history: History): Promotion | undefined {
    if (history.counts.paused === 0) return undefined;
    const trial = history.trials.find(
      (candidate) => candidate.state === 'paused' && rungsReached(this.ladder.rungs, candidate) === 0,
    );
    return trial === undefined ? undefined : { trial: trial.number, reason: 'paused before the first rung' };
  }

  /** The best paused trial that is out of its quota by no more than noise. */
  private inDoubt(history: History, rungs: readonly RungView[]): Promotion | undefined {
    if (this.frame.test === undefined) return undefined;
    for (let k = rungs.length - 1; k >= 0; k--) {
      const rung = rungs[k] as RungView;
      if (rung.pending > 0) continue;
      const next = rung.ranking.slice(rung.quota).find(({ trial }) => this.view.waitsAt(history.trials[trial], k));
      const trial = history.trials[next?.trial ?? -1];
      const finding = trial === undefined ? undefined : this.compare(trial, rung, rung.quota, history);
      if (trial !== undefined && finding?.inDoubt === true) {
        return { trial: trial.number, reason: `${this.words(trial, rung)}; ${finding.words}` };
      }
    }
    return undefined;
  }

  /** The trial against the last of those kept, where differences are tested. */
  private compare(trial: Trial, rung: RungView, kept: number, history: History): Finding | undefined {
    const { test, objective } = this.frame;
    const last = history.trials[rung.ranking[kept - 1]?.trial ?? -1];
    const [own, rival] = [trial, last].map((one) => one && bestUpTo(objective, one, rung.epoch)?.epoch);
    if (test === undefined || last === undefined || own === undefined || rival === undefined) return undefined;
    return test.compare({ trial, epoch: own }, { kind: 'trial', trial: last.number, epoch: rival }, history);
  }

  private placeAt(rung: RungView, trial: Trial): number | undefined {
    const score = this.view.scoreAt(trial, rung.epoch);
    return score === undefined ? undefined : placeOf(rung.ranking, { trial: trial.number, score });
  }

  private words(trial: Trial, rung: RungView): string {
    const { objective } = this.frame;
    const best = bestUpTo(objective, trial, rung.epoch);
    if (best === undefined) return `no finite ${objective.metric} up to epoch ${rung.epoch}`;
    const place = placeOf(rung.ranking, { trial: trial.number, score: best.score });
    const [value, mark] = digits(
      toScore(objective, best.score),
      toScore(objective, rung.ranking[rung.quota - 1]?.score ?? 0),
    );
    const toCome = rung.pending === 0 ? '' : `, up to ${rung.pending} to come`;
    const with_ = place >= rung.quota ? ` with ${mark} or better` : '';
    const there = count(rung.ranking.length, 'trial');
    return `${value} at epoch ${rung.epoch} is ${ordinal(place + 1)} of ${there}${toCome}; ${goOn(rung.quota)}${with_}`;
  }
}
