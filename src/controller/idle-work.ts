// What slots do that have no trial: they make ahead what trials under way will need, and then lend their cores.
import type { TrialRunner } from '../study/trial-runner.js';
import type { Trial } from '../study/trial.js';
import { type AssignmentOptions, assignmentOf } from './assignment.js';
import { Lending } from './lending.js';
import type { LiveStudy } from './live-study.js';

export interface IdleWorkOptions {
  readonly study: LiveStudy;
  readonly runner: TrialRunner;
  readonly assignments: AssignmentOptions;
  /** Told when a slot has come to an end with it. */
  readonly onEnd: () => void;
  /** Told of what stops the study. */
  readonly fail: (error: unknown) => void;
}

interface Errand {
  readonly trials: readonly number[];
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class IdleWork {
  /** Numbers of trials, by slot. */
  private readonly underWay = new Map<number, readonly number[]>();
  private readonly errands = new Map<number, Errand>();
  /** For which trials a slot has made all that it could; it is not sent for the same ones again. */
  private readonly made = new Map<number, string>();
  private readonly lending: Lending;
  private isClosed = false;

  constructor(private readonly own: IdleWorkOptions) {
    this.lending = new Lending(own.runner);
  }

  /** These slots have no trial to start, others may be training: what they are not sent for, they lend. */
  offer(slots: readonly number[]): void {
    this.makeAhead(slots);
    this.lending.tell(this.underWay.size + this.errands.size);
  }

  private makeAhead(slots: readonly number[]): void {
    const { runner, assignments } = this.own;
    if (runner.prepare === undefined) return;
    // What a process died with goes into no other that matters.
    const trials = [...this.underWay.values()].flat().filter((trial) => assignments.suspects?.has(trial) !== true);
    if (trials.length === 0) return;
    trials.sort((a, b) => a - b);
    const free = slots.filter((slot) => !this.errands.has(slot) && this.made.get(slot) !== trials.join());
    for (const slot of free) this.send(slot, trials);
  }

  private send(slot: number, trials: readonly number[]): void {
    const { study, runner, assignments, onEnd, fail } = this.own;
    const abort = new AbortController();
    const { history } = study;
    const given = trials.map((trial) => assignmentOf(history.trials[trial] as Trial, history, assignments));
    const done = (runner.prepare as NonNullable<TrialRunner['prepare']>)
      .call(runner, given, slot, abort.signal)
      .then((work) => {
        this.errands.delete(slot);
        if (!abort.signal.aborted) this.made.set(slot, trials.join());
        if (work.computed > 0 && !this.isClosed) study.record({ type: 'prepared', slot, work });
      })
      .catch(fail)
      .finally(onEnd);
    this.errands.set(slot, { trials, abort, done });
  }

  /** The slot is to train these. Where it is at something, that is ended first: a promise then, and nothing otherwise. */
  enter(slot: number, trials: readonly Trial[]): Promise<void> | undefined {
    this.underWay.set(
      slot,
      trials.map(({ number }) => number),
    );
    return this.end(slot);
  }

  /** The slot's trials are over; what others made for them is ended. */
  leave(slot: number): void {
    this.underWay.delete(slot);
    const underWay = new Set([...this.underWay.values()].flat());
    for (const [other, { trials }] of this.errands)
      if (!trials.every((trial) => underWay.has(trial))) void this.end(other);
  }

  /** Ends it everywhere. */
  async endAll(): Promise<void> {
    await Promise.all([...this.errands.keys()].map((slot) => this.end(slot)));
  }

  /** Nothing is recorded any more. */
  close(): void {
    this.isClosed = true;
  }

  private async end(slot: number): Promise<void> {
    const errand = this.errands.get(slot);
    errand?.abort.abort();
    await errand?.done;
  }
}
