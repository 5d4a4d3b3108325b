// A ladder of rungs as history shows it: who is at each, who may still come, and how many of them go on.
import { must } from '../../system/must.js';
import type { History } from '../../study/history.js';
import type { Objective } from '../../study/objective.js';
import { type Trial, isOfSearch } from '../../study/trial.js';
import { type Entry, placeOf, Ranking } from './ranking.js';
import { Reader } from './reader.js';
import { rungsReached } from './rungs.js';
import { bestUpTo } from './score.js';

/** How many go on from each rung; k counts rungs from 0. */
export interface Ladder {
  /** Epochs, ascending, all below the last. */
  readonly rungs: readonly number[];
  /** Once all of the study's trials have had their chance. */
  quota(k: number, trials: number): number;
  /** Already now: with so many at this rung, and so many of the trials at the first. */
  early(k: number, there: number, entered: number, trials: number): number;
}

export interface RungView {
  readonly epoch: number;
  /** All that have reached the rung and not failed since. */
  readonly ranking: readonly Entry[];
  /** Those of them that are paused here. */
  readonly waiting: readonly Entry[];
  /** The most trials that may still reach it. */
  readonly pending: number;
  readonly quota: number;
  /** So many of the best go on as things are. */
  readonly open: number;
  /** No more than so many ever will. */
  readonly most: number;
}

/** Reads histories. What it keeps only makes the next look cheap; what it answers depends on its arguments alone. */
export class LadderView {
  private readonly reader = new Reader((before, after) => this.change(before, after));
  private readonly rankings: readonly Ranking[];
  private readonly waiting: readonly Ranking[];
  /** Being trained, by the rung that they come to next. */
  private readonly heading: number[];
  /** Paused where no rung is, by an earlier version of the study. */
  private readonly astray = new Set<number>();
  private asked = 0;
  private failed = 0;

  constructor(
    private readonly objective: Objective,
    private readonly ladder: Ladder,
  ) {
    this.rankings = ladder.rungs.map(() => new Ranking());
    this.waiting = ladder.rungs.map(() => new Ranking());
    this.heading = [...ladder.rungs, Infinity].map(() => 0);
  }

  /** Trials that the search has asked so far; repeats are not among them. */
  searched(history: History): number {
    this.reader.read(history.trials);
    return this.asked;
  }

  /** The first trial that is paused before the first rung. */
  beforeFirstRung(history: History): number | undefined {
    this.reader.read(history.trials);
    return this.astray.size === 0 ? undefined : Math.min(...this.astray);
  }

  /** @param left new trials that may still be asked; where there is no end to them, as many as there were so far. */
  of(history: History, left: number): RungView[] {
    this.reader.read(history.trials);
    const remaining = left === Infinity ? this.asked : left;
    const { ladder, heading } = this;
    const trials = this.asked - this.failed + remaining;
    const entered = this.rankings[0]?.entries.length ?? 0;
    let pending = remaining + (heading[0] ?? 0);
    return ladder.rungs.map((epoch, k) => {
      const ranking = must(this.rankings[k], 'a ranking').entries;
      const waiting = must(this.waiting[k], 'a ranking').entries;
      const quota = ladder.quota(k, trials);
      const open = Math.max(ladder.early(k, ranking.length, entered, trials), quota - pending);
      const most = Math.max(quota, ladder.early(k, ranking.length + pending, trials, trials));
      const view = { epoch, ranking, waiting, pending, quota, open, most };
      pending = (heading[k + 1] ?? 0) + Math.min(quota, among(waiting, ranking, quota) + pending);
      return view;
    });
  }

  private change(before: Trial | undefined, after: Trial | undefined): void {
    if (before !== undefined) this.count(before, -1);
    if (after !== undefined) this.count(after, 1);
    const number = (after ?? before)?.number ?? 0;
    const counted = after !== undefined && isCandidate(after) ? after : undefined;
    const reached = counted === undefined ? 0 : rungsReached(this.ladder.rungs, counted);
    if (counted?.state === 'paused' && reached === 0) this.astray.add(number);
    else this.astray.delete(number);
    this.ladder.rungs.forEach((rung, k) => {
      const score = counted === undefined || k >= reached ? undefined : bestUpTo(this.objective, counted, rung)?.score;
      this.rankings[k]?.set(number, score);
      this.waiting[k]?.set(number, counted?.state === 'paused' && reached === k + 1 ? score : undefined);
    });
  }

  private count(trial: Trial, one: 1 | -1): void {
    if (!isOfSearch(trial)) return;
    this.asked += one;
    if (trial.state === 'failed') this.failed += one;
    if (trial.state !== 'asked' && trial.state !== 'running') return;
    const next = rungsReached(this.ladder.rungs, trial);
    this.heading[next] = (this.heading[next] ?? 0) + one;
  }
}

function isCandidate(trial: Trial): boolean {
  return isOfSearch(trial) && trial.state !== 'failed';
}

/** How many of those waiting are among the best so many of the ranking. */
function among(waiting: readonly Entry[], ranking: readonly Entry[], best: number): number {
  const next = ranking[best];
  return next === undefined ? waiting.length : placeOf(waiting, next);
}
