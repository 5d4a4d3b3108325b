// The loop of a study: ask → dispatch → report → judge → tell → store, for any number of slots.
import { setMaxListeners } from 'node:events';
import { HpoError, messageOf } from '../study/errors.js';
import type { Trial } from '../study/trial.js';
import { Agenda } from './agenda.js';
import { Bookkeeping } from './bookkeeping.js';
import type { Activity } from './activity.js';
import { harmless } from './harmless.js';
import { IdleWork } from './idle-work.js';
import { Judge } from './judge.js';
import { KeptModels } from './kept-models.js';
import type { LiveStudy } from './live-study.js';
import { SlotSessions } from './slot-sessions.js';
import { Bell, Slots } from './slots.js';
import { StudyControl } from './study-control.js';
import { type StudyEnd, describeEnd } from './study-end.js';
import type { StudyRunOptions } from './study-run-options.js';

export type { Activity } from './activity.js';
export type { LaneRule, StudyRunOptions } from './study-run-options.js';

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
  private readonly books: Bookkeeping;
  private readonly sessions: SlotSessions;
  private readonly slots: Slots;
  private readonly idle: IdleWork;
  private readonly maxFailures: number;
  private readonly abort = new AbortController();
  /** Rings after a report, a trial's end, a failure, or what a person did. */
  private readonly bell = new Bell();
  private readonly onActivity: (activity: Activity) => void;
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly options: StudyRunOptions) {
    this.study = options.study;
    this.onActivity = harmless(options.onActivity);
    this.control = options.control ?? new StudyControl();
    this.maxFailures = options.maxFailuresInARow ?? 3;
    setMaxListeners(0, this.abort.signal); // every slot listens
    this.slots = new Slots(options.runner.slots);
    this.judge = new Judge({
      study: this.study,
      pruner: options.pruner,
      unwanted: this.control.unwanted,
      onDecision: (trial, decision) => this.onActivity({ type: 'decided', trial, decision }),
    });
    this.agenda = new Agenda({
      ...options,
      enqueue: options.enqueue ?? [],
      rule: (trial) => this.judge.rule(trial),
      tell: (trial, outcome) => this.books.tell(trial, outcome),
    });
    this.models = new KeptModels(this.study, options.folders, options.confirm?.top ?? 1, (error) =>
      this.onActivity({ type: 'problem', message: messageOf(error) }),
    );
    this.books = new Bookkeeping({
      study: this.study,
      models: this.models,
      maxFailuresInARow: this.maxFailures,
      fail: (error) => this.fail(error),
    });
    this.sessions = this.sessionsOf(options);
    this.idle = new IdleWork({
      ...{ study: this.study, runner: options.runner, assignments: options },
      onEnd: () => this.bell.ring(),
      fail: (error) => this.fail(error),
    });
  }

  private sessionsOf(options: StudyRunOptions): SlotSessions {
    const { study, judge, books, onActivity } = this;
    return new SlotSessions({
      ...{ study, judge, books, onActivity, assignments: options, runner: options.runner },
      mayGoOn: () => this.mayGoOn(),
      onReported: () => this.bell.ring(),
      fail: (error) => this.fail(error),
      signal: this.abort.signal,
    });
  }

  async run(): Promise<StudyEnd> {
    const unwatch = this.control.watch(() => this.controlChanged());
    this.controlChanged();
    try {
      await this.models.sweep();
      for (;;) {
        this.fill();
        if (this.slots.busy === 0 && !this.isHeld) break;
        this.idle.offer(this.mayStart ? this.slots.idleSlots : []);
        await this.bell.next();
      }
      // Whoever wants it all to end at once closes the runner.
      if (this.control.phase !== 'aborting') await this.idle.endAll();
      this.idle.close();
      await this.models.settled();
      await this.study.flush().catch((error: unknown) => this.fail(error));
    } finally {
      unwatch();
    }
    if (this.failure !== undefined) throw this.failure.error;
    return describeEnd({
      study: this.study,
      failing: this.books.isFailing ? this.maxFailures : undefined,
      agenda: this.agenda,
      finishing: this.control.phase === 'finishing',
    });
  }

  /** Starts trials while there are idle slots and trials to start. */
  private fill(): void {
    try {
      while (this.slots.haveIdle && this.mayStart) {
        const trial = this.agenda.next(this.slots.busy === 0);
        if (trial === undefined) return;
        const trials = [trial, ...this.companions(trial)];
        void this.occupy(this.slots.take(trial.slot), trials);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private get mayStart(): boolean {
    return this.control.phase === 'running' && !this.control.paused && !this.isStopping;
  }

  private get isStopping(): boolean {
    return this.books.isFailing || this.failure !== undefined;
  }

  private get isHeld(): boolean {
    return this.control.paused && !this.isStopping;
  }

  /** Trials for the same slot: no more than leaves the other slots their share. */
  private companions(lead: Trial): Trial[] {
    const { lanes, runner, suspects } = this.options;
    if (lanes === undefined || runner.runTogether === undefined || suspects?.has(lead.number) === true) return [];
    const share = Math.ceil((this.agenda.left + 1) / runner.slots);
    return this.agenda.companions(lead, Math.min(lanes.most(lead), share) - 1, {
      early: lanes.early,
      fits: (one, other) => suspects?.has(other.number) !== true && lanes.fits(one, other),
    });
  }

  private async occupy(slot: number, trials: readonly Trial[]): Promise<void> {
    try {
      const errand = this.idle.enter(slot, trials);
      if (errand === undefined || (await this.isStillWanted(errand))) await this.sessions.train(trials, slot);
    } catch (error) {
      this.fail(error);
    }
    this.idle.leave(slot);
    this.slots.give(slot);
    this.onActivity({ type: 'freed', slot });
    this.bell.ring();
  }

  /** Whether what was to start when `errand` ended may; a trial that may not is left to the next session. */
  private async isStillWanted(errand: Promise<void>): Promise<boolean> {
    await errand;
    while (this.isHeld) await this.bell.next();
    return this.mayStart;
  }

  private async mayGoOn(): Promise<boolean> {
    while (this.isHeld) await this.bell.next();
    return (this.control.phase === 'running' || this.control.phase === 'finishing') && !this.isStopping;
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    // Reports can no longer be kept, so there is no point in training on.
    if (error instanceof HpoError && error.code === 'ERR_STORE') this.abort.abort();
    this.bell.ring();
  }

  private controlChanged(): void {
    if (this.control.phase === 'aborting') this.abort.abort();
    if (!this.mayStart) void this.idle.endAll();
    this.bell.ring();
  }
}
