// Trials in a chosen order that is kept as they change: an event moves one trial, a frame reads a few neighbours.
import { must } from '../../system/must.js';
import type { Trial } from '../../study/trial.js';

/** What trials are ordered by. Trials that have no key come last, whichever way the order runs. */
export interface TrialOrder {
  readonly key: (trial: Trial) => number | string | undefined;
  /** Whether large keys come first. */
  readonly descending: boolean;
}

export class SortedTrials {
  private order: TrialOrder;
  private sorted: Trial[] = [];
  /** The record of each trial as it was placed, by number. */
  private readonly placed: (Trial | undefined)[] = [];

  constructor(order: TrialOrder) {
    this.order = order;
  }

  get size(): number {
    return this.sorted.length;
  }

  /** Puts a trial where it belongs, taking the earlier record of the same number away. Logarithmic but for a short copy. */
  place(trial: Trial): void {
    const before = this.placed[trial.number];
    this.placed[trial.number] = trial;
    if (before !== undefined) {
      const position = this.search(before);
      if (this.compare(before, trial) === 0) {
        this.sorted[position] = trial;
        return;
      }
      this.sorted.splice(position, 1);
    }
    this.sorted.splice(this.search(trial), 0, trial);
  }

  /** Changes the order of all trials. */
  sort(order: TrialOrder): void {
    this.order = order;
    this.sorted.sort((a, b) => this.compare(a, b));
  }

  slice(from: number, count: number): readonly Trial[] {
    return this.sorted.slice(Math.max(0, from), Math.max(0, from + count));
  }

  at(position: number): Trial | undefined {
    return this.sorted[position];
  }

  /** Where the trial stands; undefined for an unknown number. */
  positionOf(number: number): number | undefined {
    const trial = this.placed[number];
    return trial === undefined ? undefined : this.search(trial);
  }

  /** The first position whose trial does not come before this one. */
  private search(trial: Trial): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(must(this.sorted[middle], 'a trial'), trial) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private compare(a: Trial, b: Trial): number {
    if (a.number === b.number && a === b) return 0;
    const [left, right] = [usable(this.order.key(a)), usable(this.order.key(b))];
    if (left !== right) {
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      const ascending = compareKeys(left, right);
      if (ascending !== 0) return this.order.descending ? -ascending : ascending;
    }
    return a.number - b.number;
  }
}

function usable(key: number | string | undefined): number | string | undefined {
  return Number.isNaN(key) ? undefined : key;
}

/** Numbers before texts, so that a choice of both has an order. */
function compareKeys(a: number | string, b: number | string): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
