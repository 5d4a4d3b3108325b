// Which trials keep their folder: those that go on, and the best ones, whose models may be wanted.
import type { TrialFolders } from '../store/trial-folders.js';
import { ranksBefore } from '../study/folds.js';
import { type Trial, isFinished, isOfSearch } from '../study/trial.js';
import { isRepeated } from './confirmation.js';
import type { LiveStudy } from './live-study.js';

/** Frees the folders of finished trials that are not among the best. Never before the trial's end is on disk. */
export class ModelRetention {
  /** The best trials in their order, `top` at most. */
  private ranking: Trial[] = [];
  /** Finished trials that have their folder and may lose it. Those that trained a fold go with their trial. */
  private kept: Trial[];
  private readonly freeing = new Set<Promise<void>>();

  /**
   * @param top how many of the best trials keep theirs.
   * @param onProblem is told when a folder could not be removed.
   */
  constructor(
    private readonly study: LiveStudy,
    private readonly folders: TrialFolders,
    private readonly top: number,
    private readonly onProblem: (error: unknown) => void,
  ) {
    for (const trial of study.history.trials) if (isFinished(trial)) this.rank(trial);
    const { best } = study.history;
    this.kept = best === undefined ? this.ranking : [...new Set([best, ...this.ranking])];
  }

  /** Frees what an earlier process left: folders of finished trials, and of trials that this study does not have. */
  async sweep(): Promise<void> {
    const { trials } = this.study.history;
    const wanted = (number: number): boolean => {
      const trial = trials[number];
      return trial !== undefined && (!isFinished(trial) || this.keeps(number));
    };
    const stale = this.folders.present().filter((number) => !wanted(number));
    await Promise.all(stale.map((number) => this.free(number)));
  }

  /** A trial has come to its end. */
  told(trial: Trial): void {
    this.rank(trial);
    const candidates = [...this.kept, trial];
    this.kept = candidates.filter(({ number, fold }) => fold === undefined && this.keeps(number));
    const freed = candidates.flatMap((one) => this.withFolds(one)).filter(({ number }) => !this.keeps(number));
    if (freed.length === 0) return;
    const work = this.freeOnceDurable(freed).finally(() => this.freeing.delete(work));
    this.freeing.add(work);
  }

  /** Resolves when everything that was to be freed is. */
  async settled(): Promise<void> {
    await Promise.all(this.freeing);
  }

  private async freeOnceDurable(trials: readonly Trial[]): Promise<void> {
    try {
      await this.study.flush();
    } catch {
      return; // the failed store ends the study elsewhere; the folders stay until the next sweep
    }
    await Promise.all(trials.map(({ number }) => this.free(number)));
  }

  /** The trial and those that trained its other folds. */
  private withFolds(trial: Trial): Trial[] {
    if (trial.folds === undefined) return [trial];
    return [trial, ...this.study.history.trials.filter(({ fold, outcome }) => fold?.of === trial.number && outcome)];
  }

  /** The folds of a trial stay as long as it does, for what was evaluated in each. */
  private keeps(number: number): boolean {
    const trial = this.study.history.trials[number];
    const whole = trial?.fold === undefined ? undefined : this.study.history.trials[trial.fold.of];
    if (whole !== undefined && trial?.state !== 'completed') return false;
    if (whole !== undefined) return !isFinished(whole) || this.keeps(whole.number);
    const { history } = this.study;
    if (history.best?.number === number || this.ranking.some((one) => one.number === number)) return true;
    return trial !== undefined && isRepeated(trial, history);
  }

  private rank(trial: Trial): void {
    if (trial.state === 'failed' || !isOfSearch(trial) || trial.best === undefined) return;
    const { objective } = this.study.history;
    const place = this.ranking.findIndex((other) => ranksBefore(objective, trial, other));
    this.ranking = this.ranking.toSpliced(place === -1 ? this.ranking.length : place, 0, trial).slice(0, this.top);
  }

  private async free(trial: number): Promise<void> {
    await this.folders.free(trial).catch(this.onProblem);
  }
}
