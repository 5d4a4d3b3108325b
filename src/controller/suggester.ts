// What to try next: the parameters that were enqueued, then those that the sampler proposes.
import { RandomStream } from '../math/random.js';
import type { Sampler, Suggestion } from '../search/sampler.js';
import { isBetweenFolds } from '../study/folds.js';
import type { Parameters } from '../study/parameters.js';
import type { Trial } from '../study/trial.js';
import { type LiveStudy, searchError } from './live-study.js';
import { debugOf } from '../system/debug.js';

const debug = debugOf('search');

/** How often a sampler that repeats itself is asked again before the space counts as exhausted. */
const REPEATS = 10;

/** Of a study that goes on after its search was over. */
const ENDED = 'search.stop ended the search before the repeats and the baseline';

export interface AskOptions {
  readonly study: LiveStudy;
  readonly sampler: Sampler;
  readonly seed: number;
  /** The study's total. */
  readonly trials: number;
  /** Parameters to try first, in this order. */
  readonly enqueue: readonly Parameters[];
}

interface SourcedSuggestion extends Suggestion {
  readonly source: 'enqueued' | 'sampler';
}

/** Every answer follows from history, seed and the options, so a study that was cut off asks for the same again. */
export class Suggester {
  private position = 0;
  private spaceExhausted = false;
  /** Of a journal of an earlier version, which does not record it. */
  private enoughBecause: string | undefined;

  constructor(private readonly options: AskOptions) {}

  /** Whether the sampler had nothing left before the total was reached. */
  get exhausted(): boolean {
    return this.spaceExhausted || this.options.study.history.stopped !== undefined;
  }

  /** Why the sampler thinks that no further trial is worth its time. */
  get enough(): string | undefined {
    const { stopped } = this.options.study.history;
    return stopped?.reason === 'enough' ? stopped.message : this.enoughBecause;
  }

  /** Records and returns the next trial; undefined at the study's end. Throws ERR_SEARCH where the sampler fails. */
  next(): Trial | undefined {
    if (this.isComplete) return undefined;
    const enqueued = this.nextEnqueued();
    if (enqueued !== undefined) return this.record(enqueued);
    const suggestion = this.exhausted ? undefined : this.suggest();
    if (suggestion !== undefined) return this.record(suggestion);
    this.noteExhausted();
    return undefined;
  }

  /**
   * The next trial, recorded, if it is one that `accept` takes; otherwise nothing happens. The sampler is asked only where it loses nothing
   * by it, or where `early` says that it may.
   */
  nextIf(accept: (parameters: Parameters) => boolean, early: boolean): Trial | undefined {
    if (this.isComplete || this.exhausted) return undefined;
    const mayAsk = this.options.sampler.foreseen === true || early;
    const suggestion = this.nextEnqueued() ?? (mayAsk ? this.suggest() : undefined);
    return suggestion !== undefined && accept(suggestion.parameters) ? this.record(suggestion) : undefined;
  }

  private get isComplete(): boolean {
    return this.options.study.searched >= this.options.trials;
  }

  /** Trials wait to continue until they know that no new one will come; a study that is cut off then must not forget it. */
  private noteExhausted(): void {
    const { study } = this.options;
    const waits = study.history.trials.some((trial) => trial.state === 'paused' && !isBetweenFolds(trial));
    if (!this.exhausted && this.enough === undefined && waits)
      study.record({ type: 'stopped', reason: 'exhausted', message: 'the whole space was searched' });
    this.spaceExhausted = true;
  }

  private record({ parameters, source, note, warning }: SourcedSuggestion): Trial | undefined {
    const { study } = this.options;
    const trial = study.history.trials.length;
    if (warning !== undefined) study.warn(warning, trial);
    study.record({ type: 'asked', trial, parameters, source, ...(note === undefined ? {} : { note }) });
    debug(
      () => `trial ${trial} from the ${source}: ${JSON.stringify(parameters)}${note === undefined ? '' : ` (${note})`}`,
    );
    return study.history.trials[trial];
  }

  private nextEnqueued(): SourcedSuggestion | undefined {
    const { study, enqueue, sampler } = this.options;
    for (; this.position < enqueue.length; this.position++) {
      const parameters = enqueue[this.position] as Parameters;
      if (study.history.has(parameters)) continue;
      const note = sampler.note?.(parameters);
      return { parameters, source: 'enqueued', ...(note === undefined ? {} : { note }) };
    }
    return undefined;
  }

  /** A suggestion that no trial has; a sampler that keeps to its contract gives one at once. */
  private suggest(): SourcedSuggestion | undefined {
    const { study, sampler, seed } = this.options;
    const trial = study.history.trials.length;
    const random = RandomStream.of(seed, 'ask', trial);
    try {
      // Repeats teach the model too: asked again after them, a rule that ended the search may say otherwise.
      if (sampler.stops === true && study.isRepeating) {
        this.enoughBecause = ENDED;
        return undefined;
      }
      const enough = sampler.enough?.(study.view, random.derive('enough'));
      if (enough !== undefined) {
        study.record({ type: 'stopped', reason: 'enough', message: enough });
        return undefined;
      }
      for (let again = 0; again < REPEATS; again++) {
        const suggestion = sampler.ask(study.view, again === 0 ? random : random.derive('again', again));
        if (suggestion === undefined) return undefined;
        if (!study.history.has(suggestion.parameters)) return { ...suggestion, source: 'sampler' };
      }
      return undefined;
    } catch (error) {
      throw searchError(`the sampler failed to propose trial ${trial}`, error);
    }
  }
}
