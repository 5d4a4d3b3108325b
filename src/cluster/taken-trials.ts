// What a worker has taken: the trials of one job, in one of its slots, with all that is said of them to the controller.
import type { TrialRun, TrialRunner, Verdict } from '../study/trial-runner.js';
import type { Outcome, Report } from '../study/trial.js';
import type { Claim } from '../system/claim.js';
import {
  type Attempt,
  LONGEST_TEXT,
  type SentAssignment,
  type WrittenMessage,
  writtenOutcome,
  writtenReport,
} from './messages.js';
import type { RoundTrips } from './round-trips.js';

export interface TakenOptions {
  readonly trips: RoundTrips;
  readonly worker: string;
  readonly attempt: Attempt;
  readonly trials: readonly SentAssignment[];
  readonly slot: number;
  readonly runner: TrialRunner;
  /** The folder of a trial on this machine. */
  readonly folderOf: (folder: string) => string;
  /** Where others see the trials' folders too: whose they are. */
  readonly claimOf?: ((attempt: Attempt, folder: string) => Claim) | undefined;
  /** What trainers have said in this slot and nobody was told yet. */
  readonly said: () => Said;
  /** Called once a trial is over for good, so that what only it needs can go. */
  readonly onOver: (folder: string) => void;
}

export type Said = Pick<Extract<WrittenMessage, { type: 'report' }>, 'lines' | 'warnings'>;

type Ended = Extract<WrittenMessage, { type: 'ended' }>;

export class TakenTrials {
  private readonly open: Map<number, SentAssignment>;
  /** Epochs of each trial that the controller has answered. */
  private readonly reported = new Map<number, number>();
  private readonly givenUp = new Map<number, AbortController>();
  private readonly everything = new AbortController();
  /** Trials whose latest report was answered with their end. */
  private readonly decided = new Map<number, Verdict>();
  /** Trials whose report the controller could not read, with its reason. */
  private readonly refused = new Map<number, string>();
  private readonly telling = new Set<Promise<unknown>>();
  /** This worker leaves: trials end at their next report, and go to others. */
  private isReturning = false;
  /** Others have the trials, or nobody wants them: nothing more is said of them. */
  private isAbandoned = false;

  constructor(private readonly options: TakenOptions) {
    this.open = new Map(options.trials.map((trial) => [trial.trial, trial]));
    for (const { trial, givenUp, reported } of options.trials) {
      this.reported.set(trial, reported);
      const controller = new AbortController();
      if (givenUp === true) controller.abort();
      this.givenUp.set(trial, controller);
    }
  }

  get attempt(): Attempt {
    return this.options.attempt;
  }

  get slot(): number {
    return this.options.slot;
  }

  /** Trains them. Resolves when the controller knows of every end. */
  async train(): Promise<void> {
    const { runner, slot, trials, trips, worker, attempt } = this.options;
    try {
      await runner.run(
        trials.map((trial) => this.runOf(trial)),
        slot,
        this.everything.signal,
      );
    } finally {
      await Promise.allSettled(this.telling);
    }
    if (this.isReturning && !this.isAbandoned && this.open.size > 0) {
      await trips.ask({ type: 'returned', worker, attempt });
    }
  }

  /** The trial's signal fires. */
  giveUp(trial: number): void {
    this.givenUp.get(trial)?.abort();
  }

  /** Everything ends at once: the study wants that. */
  end(): void {
    this.everything.abort();
  }

  /** The worker leaves after the next reports, or at once. */
  giveBack(now: boolean): void {
    this.isReturning = true;
    if (now) this.everything.abort();
  }

  /** Others have the trials, or nobody wants them. */
  abandon(): void {
    this.isAbandoned = true;
    this.everything.abort();
  }

  private runOf(sent: SentAssignment): TrialRun {
    const { folderOf, claimOf, attempt } = this.options;
    const { folder, givenUp: _, digest: __, ...assignment } = sent;
    const { trial } = assignment;
    const giveUp = this.givenUp.get(trial) ?? new AbortController();
    return {
      assignment: {
        ...{ ...assignment, directory: folderOf(folder) },
        ...(claimOf === undefined ? {} : { claim: claimOf(attempt, folder) }),
      },
      signal: giveUp.signal,
      onReport: (report) => this.report(trial, report),
      onEnd: (outcome) => this.ended(sent, outcome),
    };
  }

  private async report(trial: number, report: Report): Promise<Verdict> {
    const { trips } = this.options;
    const answer = await trips.ask({ ...this.about(), type: 'report', trial, report: writtenReport(report) });
    if (answer.type === 'refused') {
      this.refused.set(trial, answer.reason);
      return 'stop';
    }
    if (answer.type !== 'verdict') {
      this.abandon();
      return 'stop';
    }
    const { verdict } = answer;
    this.reported.set(trial, Math.max(this.reported.get(trial) ?? 0, report.epoch));
    if (verdict === 'continue') return this.isReturning ? 'pause' : 'continue';
    this.decided.set(trial, verdict);
    return verdict;
  }

  private ended(sent: SentAssignment, outcome: Outcome | undefined): void {
    const { trial, folder } = sent;
    const reason = this.refused.get(trial);
    const isForOthers = this.isReturning && outcome === undefined && reason === undefined && !this.decided.has(trial);
    if (this.isAbandoned || isForOthers) return;
    const told = reason === undefined ? writtenOutcome(outcome) : failureOfRefusal(reason);
    const message = {
      ...this.about(),
      type: 'ended' as const,
      trial,
      ...(told === undefined ? {} : { outcome: told }),
    };
    this.open.delete(trial);
    const telling = this.tell(message)
      .then(() => {
        if (outcome !== undefined || this.decided.get(trial) === 'stop') this.options.onOver(folder);
      })
      .finally(() => this.telling.delete(telling));
    telling.catch(() => {}); // the queue is being closed
    this.telling.add(telling);
  }

  /** What the controller cannot read it does not know: then it is told no more than that. */
  private async tell(message: Ended): Promise<void> {
    const { trips } = this.options;
    const answer = await trips.ask(message);
    if (answer.type !== 'refused') return;
    await trips.ask({ ...message, lines: [], warnings: [], outcome: failureOfRefusal(answer.reason) });
  }

  private about(): Omit<Extract<WrittenMessage, { type: 'report' }>, 'type' | 'trial' | 'report'> {
    const { worker, attempt, said } = this.options;
    const trials = [...this.open.values()].map(({ trial, digest, reported }) => ({
      ...{ trial, digest, reported: this.reported.get(trial) ?? reported },
    }));
    return { worker, attempt, trials, ...said() };
  }
}

/** Nobody else could tell it either: the trial is not given to others. */
function failureOfRefusal(reason: string): NonNullable<Ended['outcome']> {
  const message = `the controller could not read what was said of it: ${reason}`.slice(0, LONGEST_TEXT);
  return { status: 'failed', kind: 'crashed', message, fault: 'trainer' };
}
