// What follows from each trial alone, found once for each of its records: these are replaced, and never changed in place.
import { must } from '../system/must.js';
import type { Trial } from '../study/trial.js';

/** Of the history that was looked at last. So it costs a comparison for each trial, where a map would cost a look-up. */
export class ByTrial<Found> {
  private readonly trials: Trial[] = [];
  private readonly found: Found[] = [];

  constructor(private readonly find: (trial: Trial) => Found) {}

  /** In order of number. The list is changed at the next call. */
  of(trials: readonly Trial[]): readonly Found[] {
    this.trials.length = this.found.length = trials.length;
    for (let i = 0; i < trials.length; i++) {
      const trial = must(trials[i], 'a trial');
      if (this.trials[i] === trial) continue;
      this.found[i] = this.find(trial);
      this.trials[i] = trial;
    }
    return this.found;
  }
}
