// Trains what a slot was given: one trial, or several side by side; settles each when it ends.
import type { TrialRunner } from '../study/trial-runner.js';
import type { Trial } from '../study/trial.js';
import type { Activity } from './activity.js';
import { type AssignmentOptions, assignmentOf } from './assignment.js';
import type { Bookkeeping } from './bookkeeping.js';
import type { LiveStudy } from './live-study.js';
import {
  type Conclusion,
  type FailedOutcome,
  type SessionOptions,
  trainTogether,
  trainTrial,
} from './trial-session.js';

export interface SlotSessionsOptions extends Omit<SessionOptions, 'slot'> {
  readonly study: LiveStudy;
  readonly books: Bookkeeping;
  readonly assignments: AssignmentOptions;
  readonly onActivity: (activity: Activity) => void;
  readonly runner: TrialRunner;
  /** Told of what stops the study. */
  readonly fail: (error: unknown) => void;
}

export class SlotSessions {
  constructor(private readonly own: SlotSessionsOptions) {}

  /** Rejects where a trial's report or end could not be recorded. */
  async train(trials: readonly Trial[], slot: number): Promise<void> {
    const [trial, ...others] = trials as [Trial, ...Trial[]];
    if (others.length > 0) return this.trainTogether(trials, slot);
    this.own.books.settle(trial.number, await this.attempt(trial, slot));
  }

  /** Trains it; once more where its failure need not be its own fault. */
  private async attempt(trial: Trial, slot: number): Promise<Conclusion> {
    const conclusion = await this.trainAlone(trial, slot);
    if (conclusion.action !== 'fail' || trial.retried !== undefined) return conclusion;
    return this.retry(trial, slot, conclusion.outcome);
  }

  private async retry({ number }: Trial, slot: number, { kind, message }: FailedOutcome): Promise<Conclusion> {
    this.own.study.record({ type: 'retried', trial: number, kind, message });
    if (!(await this.own.mayGoOn())) return { action: 'leave' };
    return this.trainAlone(this.own.study.history.trials[number] as Trial, slot);
  }

  /** Each is settled when it ends; those worth another try have it afterwards, alone. */
  private async trainTogether(trials: readonly Trial[], slot: number): Promise<void> {
    const again: (() => Promise<void>)[] = [];
    for (const trial of trials) this.enter(trial, slot);
    const assignments = trials.map((trial) => assignmentOf(trial, this.own.study.history, this.own.assignments));
    await trainTogether(assignments, this.session(slot), (number, conclude) => {
      try {
        const conclusion = conclude();
        const trial = this.own.study.history.trials[number] as Trial;
        const mayRetry = conclusion.action === 'fail' && trial.retried === undefined;
        if (mayRetry)
          again.push(async () => this.own.books.settle(number, await this.retry(trial, slot, conclusion.outcome)));
        else this.own.books.settle(number, conclusion);
      } catch (error) {
        this.own.fail(error);
      }
    });
    for (const attempt of again) await attempt();
  }

  private trainAlone(trial: Trial, slot: number): Promise<Conclusion> {
    this.enter(trial, slot);
    return trainTrial(assignmentOf(trial, this.own.study.history, this.own.assignments), this.session(slot));
  }

  private enter(trial: Trial, slot: number): void {
    const resumed = trial.state !== 'asked';
    if (!resumed) this.own.study.record({ type: 'started', trial: trial.number, slot });
    this.own.onActivity({ type: 'occupied', slot, trial, resumed });
  }

  private session(slot: number): SessionOptions {
    return { ...this.own, slot };
  }
}
