// The loop of a study: ask → dispatch → report → judge → tell → store, for any number of slots.
import { setMaxListeners } from 'node:events';
import type { Pruner, Verdict } from '../search/pruner.js';
import type { Sampler } from '../search/sampler.js';
import type { TrialFolders } from '../store/trial-folders.js';
import { HpoError, messageOf } from '../study/errors.js';
import type { Parameters } from '../study/parameters.js';
import type { TrialRunner } from '../study/trial-runner.js';
import type { Outcome, Trial } from '../study/trial.js';
import { Agenda } from './agenda.js';
import { type ConfirmOptions, seedOf } from './confirmation.js';
import { Judge } from './judge.js';
import { KeptModels } from './kept-models.js';
import type { LiveStudy } from './live-study.js';
import { StudyControl } from './study-control.js';
import { type StudyEnd, describeEnd } from './study-end.js';
import { type Conclusion, trainTrial } from './trial-session.js';

/** What happens in the slots, live. None of it is part of the study: events are. */
export type Activity =
  | { readonly type: 'occupied'; readonly slot: number; readonly trial: Trial; readonly resumed: boolean }
  | { readonly type: 'freed'; readonly slot: number }
  | { readonly type: 'judged'; readonly trial: Trial; readonly verdict: Verdict }
  | { readonly type: 'problem'; readonly message: string };

export interface StudyRunOptions {
  readonly study: LiveStudy;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly runner: TrialRunner;
  readonly folders: TrialFolders;
  readonly seed: number;
  /** In total, those of earlier sessions included. */
  readonly trials: number;
  readonly enqueue?: readonly Parameters[];
  readonly confirm?: ConfirmOptions;
  /** The study stops after so many failed trials in a row; running it again goes on for as many. */
  readonly maxFailuresInARow?: number;
  readonly control?: StudyControl;
  readonly onActivity?: (activity: Activity) => void;
}

/**
 * Runs a study to its end, or continues it. With one slot its events follow from history alone: a study that is cut off
 * anywhere and run again records what an undisturbed one would have. When it resolves, everything recorded is on disk.
 * @throws HpoError ERR_STORE, ERR_SEARCH, ERR_TRAINER_MODULE where it cannot go on. What was recorded is kept.
 */
export function runStudy(options: StudyRunOptions): Promise<StudyEnd> {
  return new StudyLoop(options).run();
}

class StudyLoop {
  private readonly study: LiveStudy;
  private readonly control: StudyControl;
  private readonly agenda: Agenda;
  private readonly judge: Judge;
  private readonly models: KeptModels;
  private readonly idle: number[];
  private readonly maxFailures: number;
  private readonly abort = new AbortController();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private failing = false;
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly options: StudyRunOptions) {
    this.study = options.study;
    this.control = options.control ?? new StudyControl();
    this.maxFailures = options.maxFailuresInARow ?? 3;
    setMaxListeners(0, this.abort.signal); // every slot listens
    this.idle = Array.from({ length: options.runner.slots }, (_, slot) => slot);
    this.judge = new Judge({
      study: this.study,
      pruner: options.pruner,
      unwanted: this.control.unwanted,
      onVerdict: (trial, verdict) => options.onActivity?.({ type: 'judged', trial, verdict }),
    });
    this.agenda = new Agenda({
      ...options,
      enqueue: options.enqueue ?? [],
      rule: (trial) => this.judge.rule(trial),
      tell: (trial, outcome) => this.tell(trial, outcome),
    });
    this.models = new KeptModels(this.study, options.folders, options.confirm?.top ?? 1, (error) =>
      options.onActivity?.({ type: 'problem', message: messageOf(error) }),
    );
  }

  async run(): Promise<StudyEnd> {
    const unwatch = this.control.watch(() => this.controlChanged());
    this.controlChanged();
    try {
      await this.models.sweep();
      for (;;) {
        this.fill();
        if (this.running === 0 && !this.isHeld) break;
        await this.somethingHappens();
      }
      await this.models.settled();
      await this.study.flush().catch((error: unknown) => this.fail(error));
    } finally {
      unwatch();
    }
    if (this.failure !== undefined) throw this.failure.error;
    return describeEnd({
      study: this.study,
      failing: this.failing ? this.maxFailures : undefined,
      over: this.agenda.isOver,
      exhausted: this.agenda.exhausted,
    });
  }

  /** Starts trials while there are idle slots and trials to start. */
  private fill(): void {
    try {
      while (this.idle.length > 0 && this.control.phase === 'running' && !this.control.paused && !this.isStopping) {
        const trial = this.agenda.next(this.running === 0);
        if (trial === undefined) return;
        void this.occupy(this.takeSlot(trial), trial);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private get isStopping(): boolean {
    return this.failing || this.failure !== undefined;
  }

  private get isHeld(): boolean {
    return this.control.paused && !this.isStopping;
  }

  /** The slot that the trial was in before, if it is idle: its caches may be warm. */
  private takeSlot(trial: Trial): number {
    const place = Math.max(0, this.idle.indexOf(trial.slot ?? -1));
    return this.idle.splice(place, 1)[0] as number;
  }

  private async occupy(slot: number, trial: Trial): Promise<void> {
    this.running++;
    try {
      this.settle(trial.number, await this.train(trial, slot));
    } catch (error) {
      this.fail(error);
    }
    this.running--;
    this.idle.push(slot);
    this.idle.sort((a, b) => a - b);
    this.options.onActivity?.({ type: 'freed', slot });
    this.wake();
  }

  private train(trial: Trial, slot: number): Promise<Conclusion> {
    const { number, parameters } = trial;
    const resumed = trial.state !== 'asked';
    if (!resumed) this.study.record({ type: 'started', trial: number, slot });
    this.options.onActivity?.({ type: 'occupied', slot, trial, resumed });
    return trainTrial({
      assignment: {
        trial: number,
        parameters,
        seed: seedOf(trial, this.study.history, this.options.seed),
        directory: this.options.folders.prepare(number),
        reported: trial.reports.length,
      },
      slot,
      runner: this.options.runner,
      judge: this.judge,
      mayGoOn: () => this.mayGoOn(),
      onReported: () => this.wake(),
      signal: this.abort.signal,
    });
  }

  private async mayGoOn(): Promise<boolean> {
    while (this.isHeld) await this.somethingHappens();
    return (this.control.phase === 'running' || this.control.phase === 'finishing') && !this.isStopping;
  }

  private settle(trial: number, conclusion: Conclusion): void {
    switch (conclusion.action) {
      case 'tell':
        if (conclusion.outcome.status === 'completed' && this.study.history.trials[trial]?.reports.length === 0) {
          return this.reject(trial, 'expected at least one report, got none');
        }
        return this.tell(trial, conclusion.outcome);
      case 'pause':
        return this.study.record({ type: 'paused', trial, epoch: conclusion.epoch, reason: conclusion.reason });
      case 'reject':
        return this.reject(trial, conclusion.message);
      case 'leave':
        return;
    }
  }

  /**
   * The trainer broke its contract. Before it has ever kept it, the module is to be mended and no trial is spent; after
   * that the rest of the night is worth more, and the trial alone fails.
   */
  private reject(trial: number, message: string): void {
    if (this.study.history.trials.some(({ best }) => best !== undefined)) {
      return this.tell(trial, { status: 'failed', kind: 'crashed', message });
    }
    this.fail(new HpoError('ERR_TRAINER_MODULE', `the trainer broke its contract in trial ${trial}: ${message}`));
  }

  private tell(trial: number, outcome: Outcome): void {
    this.study.record({ type: 'told', trial, outcome });
    this.study.flush().catch((error: unknown) => this.fail(error));
    this.models.told(this.study.history.trials[trial] as Trial);
    const { failuresInARow } = this.study.history;
    // A multiple, so that a study that is run again after this goes on for as many.
    if (failuresInARow > 0 && failuresInARow % this.maxFailures === 0) this.failing = true;
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    // Reports can no longer be kept, so there is no point in training on.
    if (error instanceof HpoError && error.code === 'ERR_STORE') this.abort.abort();
    this.wake();
  }

  private controlChanged(): void {
    if (this.control.phase === 'aborting') this.abort.abort();
    this.wake();
  }

  /** Resolves after a report, a trial's end, a failure, or what a person did. */
  private somethingHappens(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
