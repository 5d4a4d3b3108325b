// One trial in one slot: from its assignment to what came of it.
import type { ErrorCode } from '../study/errors.js';
import type { Assignment, Decision, RunOutcome, TrialRunner } from '../study/trial-runner.js';
import type { Outcome, Report } from '../study/trial.js';
import type { Judge, Ruling } from './judge.js';

export type Conclusion =
  | { readonly action: 'tell'; readonly outcome: Outcome }
  | { readonly action: 'pause'; readonly epoch: number; readonly reason: string }
  /** The trainer broke its contract. */
  | { readonly action: 'reject'; readonly message: string }
  /** Nothing can be trained as things are. */
  | { readonly action: 'stop'; readonly code: ErrorCode; readonly message: string }
  /** It failed, though that need not be the parameters' fault. */
  | { readonly action: 'fail'; readonly outcome: FailedOutcome }
  /** It was put aside and goes on another time. */
  | { readonly action: 'leave' };

export type FailedOutcome = Extract<Outcome, { status: 'failed' }>;

export interface SessionOptions {
  readonly slot: number;
  readonly runner: TrialRunner;
  readonly judge: Judge;
  /** Resolves, once the study is not held, to whether trials may go on. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Called after each report. */
  readonly onReported: () => void;
  readonly signal: AbortSignal;
}

/** Trains a trial. Rejects where recording or judging a report failed; the trial is put aside then. */
export async function trainTrial(assignment: Assignment, options: SessionOptions): Promise<Conclusion> {
  const session = new TrialSession(assignment, options);
  const { runner, slot, signal } = options;
  return session.conclude(await runner.run(assignment, slot, session.onReport, signal));
}

/** Trains several side by side in one slot; each is concluded when it ends. `conclude` throws what trainTrial would reject with. */
export async function trainTogether(
  assignments: readonly Assignment[],
  options: SessionOptions,
  onEnd: (trial: number, conclude: () => Conclusion) => void,
): Promise<void> {
  const lanes = assignments.map((assignment) => {
    const session = new TrialSession(assignment, options);
    const { onReport } = session;
    return {
      assignment,
      onReport,
      onEnd: (outcome: RunOutcome) => onEnd(assignment.trial, () => session.conclude(outcome)),
    };
  });
  await options.runner.runTogether?.(lanes, options.slot, options.signal);
}

class TrialSession {
  private ruling: Ruling = { action: 'continue' };
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly assignment: Assignment,
    private readonly options: SessionOptions,
  ) {}

  readonly onReport = async (report: Report): Promise<Decision> => {
    const { judge, onReported, mayGoOn } = this.options;
    try {
      // One that broke off with others may be trained again after it was ruled on; the ruling stands.
      if (this.ruling.action === 'continue') this.ruling = judge.receive(this.assignment.trial, report);
      onReported();
      if (this.ruling.action === 'pause') return { action: 'suspend' };
      if (this.ruling.action !== 'continue') return { action: 'stop' };
      return { action: (await mayGoOn()) ? 'continue' : 'suspend' };
    } catch (error) {
      this.failure = { error };
      return { action: 'suspend' };
    }
  };

  conclude(outcome: RunOutcome): Conclusion {
    if (this.failure !== undefined) throw this.failure.error;
    return conclude(this.ruling, outcome);
  }
}

/** A ruling stands, whatever the trainer did after it. */
function conclude(ruling: Ruling, outcome: RunOutcome): Conclusion {
  if (ruling.action === 'end') return { action: 'tell', outcome: ruling.outcome };
  if (ruling.action === 'reject') return ruling;
  switch (outcome.status) {
    case 'finished':
      return { action: 'tell', outcome: { status: 'completed' } };
    case 'failed': {
      const { status, kind, message } = outcome;
      return { action: outcome.blameless === true ? 'fail' : 'tell', outcome: { status, kind, message } };
    }
    case 'misbehaved':
      return { action: 'reject', message: outcome.message };
    case 'prevented':
      return { action: 'stop', code: outcome.code, message: outcome.message };
    case 'suspended':
      return ruling.action === 'pause' ? ruling : { action: 'leave' };
    case 'stopped':
    case 'aborted':
      return { action: 'leave' };
  }
}
