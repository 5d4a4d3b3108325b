// How many trials are in which state: those of the search, and those that come after it, which count toward nothing in it.
import { type Trial, isOfSearch } from '../../study/trial.js';

export type Counts = Readonly<Record<Trial['state'], number>>;

const none = (): Record<Trial['state'], number> => {
  return { asked: 0, running: 0, paused: 0, completed: 0, pruned: 0, failed: 0 };
};

export class Tally {
  private readonly ofSearch = none();
  private readonly ofRepeats = none();
  private readonly ofBaselines = none();
  private readonly ofFolds = none();

  get search(): Counts {
    return this.ofSearch;
  }

  /** Repeats of the best configurations with other seeds. */
  get repeats(): Counts {
    return this.ofRepeats;
  }

  /** Folds of trials beyond the first, which the trial itself trains. */
  get folds(): Counts {
    return this.ofFolds;
  }

  /** The best configuration from random weights. */
  get baselines(): Counts {
    return this.ofBaselines;
  }

  private countsOf(trial: Trial): Record<Trial['state'], number> {
    if (isOfSearch(trial)) return this.ofSearch;
    if (trial.source === 'fold') return this.ofFolds;
    return trial.source === 'baseline' ? this.ofBaselines : this.ofRepeats;
  }

  /** A trial's record has been replaced; `before` is undefined for a new one. */
  move(before: Trial | undefined, after: Trial): void {
    const counts = this.countsOf(after);
    if (before !== undefined) counts[before.state]--;
    counts[after.state]++;
  }
}

export function endedOf({ completed, pruned, failed }: Counts): number {
  return completed + pruned + failed;
}

/** Begun or asked for, and not ended. */
export function openOf({ asked, running, paused }: Counts): number {
  return asked + running + paused;
}

export function allOf(counts: Counts): number {
  return endedOf(counts) + openOf(counts);
}
