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
  readonly assignment: Assignment;
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
export async function trainTrial(options: SessionOptions): Promise<Conclusion> {
  const { assignment, slot, runner, judge, signal } = options;
  const session: { ruling: Ruling; failure?: { readonly error: unknown } } = { ruling: { action: 'continue' } };
  const onReport = async (report: Report): Promise<Decision> => {
    try {
      session.ruling = judge.receive(assignment.trial, report);
      options.onReported();
      if (session.ruling.action === 'pause') return { action: 'suspend' };
      if (session.ruling.action !== 'continue') return { action: 'stop' };
      return { action: (await options.mayGoOn()) ? 'continue' : 'suspend' };
    } catch (error) {
      session.failure = { error };
      return { action: 'suspend' };
    }
  };
  const outcome = await runner.run(assignment, slot, onReport, signal);
  if (session.failure !== undefined) throw session.failure.error;
  return conclude(session.ruling, outcome);
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
