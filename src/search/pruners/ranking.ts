// The trials that have a score at one epoch, best first; kept up to date at the cost of what changed since the last look.
import type { Trial } from '../../study/trial.js';

export interface Entry {
  readonly trial: number;
  readonly score: number;
}

/** More changes than this are sorted in together rather than one by one. */
const FEW = 64;

/**
 * A sorted view of history. It remembers which record of each trial it has read and reads again only those that were
 * replaced; records being immutable, what it answers is what a fresh one would. Best first, earlier trials first among equals.
 */
export class Ranking {
  private read: (Trial | undefined)[] = [];
  private entries: Entry[] = [];
  private scores: (number | undefined)[] = [];

  constructor(private readonly scoreOf: (trial: Trial) => number | undefined) {}

  of(trials: readonly Trial[]): readonly Entry[] {
    const changed: number[] = [];
    for (let i = Math.max(trials.length, this.read.length) - 1; i >= 0; i--) {
      if (this.read[i] === trials[i]) continue;
      const score = trials[i] === undefined ? undefined : this.scoreOf(trials[i] as Trial);
      this.read[i] = trials[i];
      if (score === this.scores[i]) continue;
      changed.push(i);
      if (changed.length <= FEW) this.remove(i);
      this.scores[i] = score;
      if (changed.length <= FEW) this.insert(i);
    }
    this.read.length = this.scores.length = trials.length;
    if (changed.length > FEW) this.sort();
    return this.entries;
  }

  private remove(trial: number): void {
    const score = this.scores[trial];
    if (score !== undefined) this.entries.splice(placeOf(this.entries, { trial, score }), 1);
  }

  private insert(trial: number): void {
    const score = this.scores[trial];
    if (score !== undefined) this.entries.splice(placeOf(this.entries, { trial, score }), 0, { trial, score });
  }

  private sort(): void {
    this.entries = [];
    this.scores.forEach((score, trial) => {
      if (score !== undefined) this.entries.push({ trial, score });
    });
    this.entries.sort(order);
  }
}

/** Where the entry stands or would stand, from 0. */
export function placeOf(ranking: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = ranking.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(ranking[middle] as Entry, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Compares without subtracting: infinite scores have no difference. */
function order(a: Entry, b: Entry): number {
  if (a.score !== b.score) return a.score > b.score ? -1 : 1;
  return a.trial - b.trial;
}

/** How many of the ranked trials have a better score. */
export function betterThan(ranking: readonly Entry[], score: number): number {
  let low = 0;
  let high = ranking.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranking[middle] as Entry).score > score) low = middle + 1;
    else high = middle;
  }
  return low;
}
