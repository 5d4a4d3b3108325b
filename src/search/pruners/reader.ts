// Reads a history again and again at the cost of what has changed since the last time.
import { must } from '../../system/must.js';
import type { Trial } from '../../study/trial.js';

/** Told of a record that was replaced, added or, where another history is read, taken away. */
export type OnChange = (before: Trial | undefined, after: Trial | undefined) => void;

/**
 * Remembers the record of each trial that it has read. Records are immutable, so one that is still the same object needs
 * no second look, and what is added up from the changes is what a fresh reading would give.
 */
export class Reader {
  private readonly known: Trial[] = [];

  constructor(private readonly onChange: OnChange) {}

  read(trials: readonly Trial[]): void {
    const { known } = this;
    while (known.length > trials.length) this.onChange(known.pop(), undefined);
    for (let i = 0; i < trials.length; i++) {
      const before = known[i];
      const after = must(trials[i], 'a trial');
      if (before === after) continue;
      known[i] = after;
      this.onChange(before, after);
    }
  }
}
