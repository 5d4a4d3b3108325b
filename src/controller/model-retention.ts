// Which trials keep their folder: those that go on, and the best ones, whose models may be wanted.
import type { TrialFolders } from '../store/trial-folders.js';
import { isAhead } from '../study/folds.js';
import { type Trial, isFinished, isOfSearch } from '../study/trial.js';
import type { LiveStudy } from './live-study.js';

/** Frees the folders of finished trials that are not among the best. Never before the trial's end is on disk. */
export class ModelRetention {
  private kept: Trial[] = [];
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
    const before = this.kept;
    this.rank(trial);
    const freed = [...before, trial].flatMap((one) => this.withFolds(one)).filter(({ number }) => !this.keeps(number));
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
    return this.study.history.best?.number === number || this.kept.some((trial) => trial.number === number);
  }

  private rank(trial: Trial): void {
    if (trial.state === 'failed' || !isOfSearch(trial) || trial.best === undefined) return;
    const { objective } = this.study.history;
    const place = this.kept.findIndex((other) => isAhead(objective, trial, other));
    this.kept = this.kept.toSpliced(place === -1 ? this.kept.length : place, 0, trial).slice(0, this.top);
  }

  private async free(trial: number): Promise<void> {
    await this.folders.free(trial).catch(this.onProblem);
  }
}
