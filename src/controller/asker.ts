// What to try next: the parameters that were put in the queue, then those that the sampler proposes.
import { RandomStream } from '../math/random.js';
import type { Sampler, Suggestion } from '../search/sampler.js';
import type { Parameters } from '../study/parameters.js';
import type { Trial } from '../study/trial.js';
import { type LiveStudy, searchError } from './live-study.js';

/** How often a sampler that repeats itself is asked again before the space counts as exhausted. */
const REPEATS = 10;

export interface AskOptions {
  readonly study: LiveStudy;
  readonly sampler: Sampler;
  readonly seed: number;
  /** The study's total. */
  readonly trials: number;
  /** Parameters to try first, in this order. */
  readonly enqueue: readonly Parameters[];
}

/** Every answer follows from history, seed and the options, so a study that was cut off asks for the same again. */
export class Asker {
  private position = 0;
  private spaceExhausted = false;

  constructor(private readonly options: AskOptions) {}

  /** Whether the sampler had nothing left before the total was reached. */
  get exhausted(): boolean {
    return this.spaceExhausted;
  }

  /** Records and returns the next trial; undefined at the study's end. Throws ERR_SEARCH where the sampler fails. */
  next(): Trial | undefined {
    const { study, trials } = this.options;
    if (study.searched >= trials) return undefined;
    const number = study.history.trials.length;
    const enqueued = this.nextInQueue();
    if (enqueued !== undefined) {
      study.record({ type: 'asked', trial: number, parameters: enqueued, source: 'enqueued' });
      return study.history.trials[number];
    }
    const suggestion = this.spaceExhausted ? undefined : this.suggest(number);
    if (suggestion === undefined) {
      this.spaceExhausted = true;
      return undefined;
    }
    const { parameters, note, warning } = suggestion;
    if (warning !== undefined) study.warn(warning, number);
    study.record({
      type: 'asked',
      trial: number,
      parameters,
      source: 'sampler',
      ...(note === undefined ? {} : { note }),
    });
    return study.history.trials[number];
  }

  /**
   * The next trial, recorded, if it is one that `accept` takes; otherwise nothing happens. The sampler is asked only where it loses nothing
   * by it, or where `early` says that it may.
   */
  nextIf(accept: (parameters: Parameters) => boolean, early: boolean): Trial | undefined {
    const { study, trials, sampler } = this.options;
    if (study.searched >= trials || this.spaceExhausted) return undefined;
    const enqueued = this.nextInQueue();
    if (enqueued === undefined && sampler.foreseen !== true && !early) return undefined;
    const parameters = enqueued ?? this.suggest(study.history.trials.length)?.parameters;
    return parameters !== undefined && accept(parameters) ? this.next() : undefined;
  }

  private nextInQueue(): Parameters | undefined {
    const { study, enqueue } = this.options;
    for (; this.position < enqueue.length; this.position++) {
      const parameters = enqueue[this.position] as Parameters;
      if (!study.history.has(parameters)) return parameters;
    }
    return undefined;
  }

  /** A suggestion that no trial has; a sampler that keeps to its contract gives one at once. */
  private suggest(trial: number): Suggestion | undefined {
    const { study, sampler, seed } = this.options;
    const random = RandomStream.of(seed, 'ask', trial);
    try {
      for (let again = 0; again < REPEATS; again++) {
        const suggestion = sampler.ask(study.history, again === 0 ? random : random.derive('again', again));
        if (suggestion === undefined || !study.history.has(suggestion.parameters)) return suggestion;
      }
      return undefined;
    } catch (error) {
      throw searchError(`the sampler failed to propose trial ${trial}`, error);
    }
  }
}
