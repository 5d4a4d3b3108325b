// What slots do that have no trial: they make ahead what trials under way will need.
import type { TrialRunner } from '../study/trial-runner.js';
import type { Trial } from '../study/trial.js';
import { type AssignmentOptions, assignmentOf } from './assignment.js';
import type { LiveStudy } from './live-study.js';

export interface IdleWorkOptions {
  readonly study: LiveStudy;
  readonly runner: TrialRunner;
  readonly assignments: AssignmentOptions;
  /** Told of what stops the study. */
  readonly fail: (error: unknown) => void;
}

interface Errand {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class IdleWork {
  /** By slot. */
  private readonly underWay = new Map<number, readonly Trial[]>();
  private readonly errands = new Map<number, Errand>();
  /** For which trials a slot was sent last; it is not sent for the same ones again. */
  private readonly sent = new Map<number, string>();

  constructor(private readonly own: IdleWorkOptions) {}

  /** Slots are idle while others train. */
  offer(slots: readonly number[]): void {
    if (this.own.runner.prepare === undefined || this.underWay.size === 0) return;
    const trials = [...this.underWay.values()].flat().sort((a, b) => a.number - b.number);
    const key = trials.map(({ number }) => number).join();
    for (const slot of slots) {
      if (this.errands.has(slot) || this.sent.get(slot) === key) continue;
      this.sent.set(slot, key);
      this.send(slot, trials);
    }
  }

  private send(slot: number, trials: readonly Trial[]): void {
    const { study, assignments } = this.own;
    const abort = new AbortController();
    const prepare = this.own.runner.prepare as NonNullable<TrialRunner['prepare']>;
    const given = trials.map((trial) => assignmentOf(trial, study.history, assignments));
    const done = prepare
      .call(this.own.runner, given, slot, abort.signal)
      .then((work) => {
        this.errands.delete(slot);
        if (work.computed > 0) study.record({ type: 'prepared', slot, work });
      })
      .catch(this.own.fail);
    this.errands.set(slot, { abort, done });
  }

  /** The slot is to train these. Where it is at something, that is ended first: a promise then, and nothing otherwise. */
  enter(slot: number, trials: readonly Trial[]): Promise<void> | undefined {
    this.underWay.set(slot, trials);
    return this.end(slot);
  }

  leave(slot: number): void {
    this.underWay.delete(slot);
  }

  /** Ends it everywhere. */
  async endAll(): Promise<void> {
    await Promise.all([...this.errands.keys()].map((slot) => this.end(slot)));
  }

  private end(slot: number): Promise<void> | undefined {
    const errand = this.errands.get(slot);
    errand?.abort.abort();
    return errand?.done;
  }
}
