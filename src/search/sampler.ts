// The contract of a sampler: from what is known to what to try next.
import type { RandomStream } from '../math/random.js';
import type { History } from '../study/history.js';
import type { Parameters } from '../study/parameters.js';

export interface Suggestion {
  readonly parameters: Parameters;
  /** Why these, in words: 'start-up 3 of 10', 'log expected improvement −1.2'. */
  readonly note?: string;
  /** Something the user should know, e.g. that a fit failed and what was done instead. */
  readonly warning?: string;
}

/**
 * Proposes parameters. Keeps no state that changes its answers: they follow from the history (running trials included)
 * and the stream, which is that of the trial to come. A cache is fine where leaving it out gives the same answer.
 */
export interface Sampler {
  /** Whether what it proposes does not depend on how trials end, so that nothing is lost by asking early. */
  readonly foreseen?: true;
  /** The next parameters, never those of a known trial while others are left; undefined when the space is exhausted. */
  ask(history: History, random: RandomStream): Suggestion | undefined;
  /** What is known beforehand of parameters that were not its own idea, in words; undefined where nothing is. */
  note?(parameters: Parameters): string | undefined;
  /** Whether `enough` may ever end a study. */
  readonly stops?: boolean;
  /** Why no further trial is worth its time (`search.stop`), in words; undefined while one is. Asked before each suggestion. */
  enough?(history: History, random: RandomStream): string | undefined;
}
