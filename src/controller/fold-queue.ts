// The folds of trials: which is next, and what becomes of a trial when one of its folds has ended.
import { testFolds } from '../search/fold-test.js';
import { isBetweenFolds } from '../study/folds.js';
import type { ValidationConfiguration } from '../study/schema/validation-schema.js';
import type { AssignedFold } from '../study/trial-runner.js';
import { type Outcome, type Trial, isFinished, isOfSearch } from '../study/trial.js';
import { must } from '../system/must.js';
import { debugOf } from '../system/debug.js';
import type { LiveStudy } from './live-study.js';

const debug = debugOf('search');

/** Every answer follows from history, so a study that was cut off goes on with the same folds. */
export class FoldQueue {
  /** @param validation undefined where the study has no folds. */
  constructor(
    private readonly study: LiveStudy,
    private readonly validation: ValidationConfiguration | undefined,
  ) {}

  /** Whether the trial, which has ended its own training, has other folds to train. */
  hasMore({ source, folds }: Trial): boolean {
    if (this.validation === undefined || folds !== undefined) return false;
    return source !== 'fold' && source !== 'confirmation';
  }

  /** Which fold the trial trains; undefined where there are none. */
  assigned({ fold }: Trial): AssignedFold | undefined {
    if (this.validation === undefined) return undefined;
    const { folds } = this.validation;
    const index = fold?.index ?? 0;
    return { index, folds, repeat: Math.floor(index / folds), part: index % folds };
  }

  /** How many trials wait for their next fold. */
  get waiting(): number {
    return this.waitingTrials(false).length;
  }

  /**
   * The next fold, recorded as a trial of its own; undefined where no trial waits for one that `accept` takes. A trial with more folds
   * comes first: the sooner one has all of them, the sooner others can be compared with it.
   * @param early whether a trial may get a fold while another one of its folds is trained: what that would decide is not known yet.
   */
  next(
    early: boolean,
    accept: (fold: Pick<Trial, 'number' | 'parameters' | 'fold'>) => boolean = () => true,
  ): Trial | undefined {
    const { study } = this;
    for (const { trial, asked } of this.waitingTrials(early)) {
      const fold = { of: trial.number, index: asked + 1 };
      const { parameters } = trial;
      if (!accept({ number: NaN, parameters, fold })) return undefined;
      const number = study.history.trials.length;
      const note = `fold ${fold.index + 1} of ${study.history.folds} of trial ${trial.number}`;
      study.record({ type: 'asked', trial: number, parameters, source: 'fold', note, fold });
      return study.history.trials[number];
    }
    return undefined;
  }

  /** What becomes of a trial now that one more of its folds has ended; undefined where it goes on. */
  outcomeOf(number: number): Outcome | undefined {
    const { history } = this.study;
    const trial = must(history.trials[number], 'a trial');
    if (this.validation === undefined || !isBetweenFolds(trial)) return undefined;
    const epoch = trial.reports.length;
    for (const { outcome, fold } of this.foldsOf(number)) {
      const which = `fold ${(fold?.index ?? 0) + 1} of ${history.folds}`;
      if (outcome?.status === 'failed') return { ...outcome, message: `${which}: ${outcome.message}` };
      if (outcome?.status === 'pruned') return { status: 'pruned', epoch, reason: `${which}: ${outcome.reason}` };
    }
    if (trial.folds?.length === history.folds) return { status: 'completed' };
    if (!isOfSearch(trial)) return undefined;
    const { drop, reason } = testFolds(trial, history, this.validation.confidence);
    debug(() => `trial ${number}: ${drop ? 'dropped' : 'goes on'}, ${reason}`);
    return drop ? { status: 'pruned', epoch, reason } : undefined;
  }

  /** The trial whose fold was the last thing that an earlier process recorded: it is not decided yet what follows. */
  cutOff(): number | undefined {
    const last = this.study.lastLoaded;
    if (last?.type === 'folded') return last.trial;
    return last?.type === 'told' ? this.study.history.trials[last.trial]?.fold?.of : undefined;
  }

  private foldsOf(number: number): Trial[] {
    return this.study.history.trials.filter(({ fold }) => fold?.of === number);
  }

  private waitingTrials(early: boolean): { readonly trial: Trial; readonly asked: number }[] {
    const { history } = this.study;
    if (this.validation === undefined || history.counts.paused === 0) return [];
    const asked = new Map<number, number>();
    const busy = new Set<number>();
    for (const trial of history.trials) {
      if (trial.fold === undefined) continue;
      asked.set(trial.fold.of, (asked.get(trial.fold.of) ?? 0) + 1);
      if (!isFinished(trial)) busy.add(trial.fold.of);
    }
    return history.trials
      .filter((trial) => isBetweenFolds(trial) && (early || !busy.has(trial.number)))
      .map((trial) => ({ trial, asked: asked.get(trial.number) ?? 0 }))
      .filter((one) => one.asked < history.folds - 1)
      .sort((a, b) => b.asked - a.asked || a.trial.number - b.trial.number);
  }
}
