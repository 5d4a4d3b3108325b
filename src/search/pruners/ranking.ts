// Trials in the order of their scores, best first, kept sorted while scores come and go.
import { must } from '../../system/must.js';
import type { Trial } from '../../study/trial.js';
import { Reader } from './reader.js';

export interface Entry {
  readonly trial: number;
  readonly score: number;
}

/** More changes than this between two looks are sorted in together rather than one by one. */
const FEW = 64;

/** Best first, earlier trials first among equals. */
export class Ranking {
  private sorted: Entry[] = [];
  private readonly scores = new Map<number, number>();
  private changes = 0;

  /** Gives a trial its score, or takes it out of the ranking. */
  set(trial: number, score: number | undefined): void {
    const before = this.scores.get(trial);
    if (before === score) return;
    this.changes++;
    if (this.changes <= FEW && before !== undefined)
      this.sorted.splice(placeOf(this.sorted, { trial, score: before }), 1);
    if (score === undefined) this.scores.delete(trial);
    else this.scores.set(trial, score);
    if (this.changes <= FEW && score !== undefined)
      this.sorted.splice(placeOf(this.sorted, { trial, score }), 0, { trial, score });
  }

  get entries(): readonly Entry[] {
    if (this.changes > FEW) this.sorted = [...this.scores].map(([trial, score]) => ({ trial, score })).sort(order);
    this.changes = 0;
    return this.sorted;
  }
}

/** The ranking of a history's trials by a score that follows from their records. */
export class HistoryRanking {
  private readonly ranking = new Ranking();
  private readonly reader: Reader;

  constructor(scoreOf: (trial: Trial) => number | undefined) {
    this.reader = new Reader((before, after) => {
      const number = (after ?? before)?.number;
      if (number !== undefined) this.ranking.set(number, after && scoreOf(after));
    });
  }

  of(trials: readonly Trial[]): readonly Entry[] {
    this.reader.read(trials);
    return this.ranking.entries;
  }
}

/** Where the entry stands or would stand, from 0. */
export function placeOf(ranking: readonly Entry[], entry: Entry): number {
  return firstPlace(ranking, (other) => order(other, entry) >= 0);
}

/** How many of the ranked trials have a better score. */
export function betterThan(ranking: readonly Entry[], score: number): number {
  return firstPlace(ranking, (other) => other.score <= score);
}

/** The first place from which on the condition holds, by bisection. */
export function firstPlace(ranking: readonly Entry[], holds: (entry: Entry) => boolean): number {
  let low = 0;
  let high = ranking.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(must(ranking[middle], 'a trial in the ranking'))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Compares without subtracting: infinite scores have no difference. */
function order(a: Entry, b: Entry): number {
  if (a.score !== b.score) return a.score > b.score ? -1 : 1;
  return a.trial - b.trial;
}
