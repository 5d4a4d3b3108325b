// Pulls the epochs of trials out of their trainer, one verdict at a time; the same in a thread, a child process and this process.
import { messageOf } from '../../study/errors.js';
import type { Train, TrainContext, TrainEnd } from '../../study/train.js';
import type { Assignment, Verdict } from '../../study/trial-runner.js';
import type { Outcome, Report } from '../../study/trial.js';
import { checkReport, show } from '../protocol/check-report.js';
import { contractFailure, outcomeOfError } from '../protocol/failure.js';
import { makeTrialFolder } from '../../system/trial-folder.js';

/** The study's side of trials that are trained. */
export interface TrialHost {
  /** Hands a report over and brings the verdict back. */
  report(trial: number, report: Report): Promise<Verdict>;
  /** Without an outcome where the study ended the trial. */
  ended(trial: number, outcome: Outcome | undefined): void;
}

interface DrivenTrial {
  readonly assignment: Assignment;
  readonly epochs: AsyncGenerator<Report, TrainEnd | void, void>;
  /** The last epoch that was handed over; 0 before the first. */
  told: number;
  /** The next report, or how the trial ended, until that is handed over. */
  next: Report | Outcome | undefined;
}

/**
 * Trains one trial, or several at once where the trainer can, else in turns. All that have nothing to tell are asked for their next report
 * at once; then those with the earliest epoch tell theirs, one by one in the order of the assignments, however long each took. So the
 * order is the same at every run, also at one that goes on with trials that were cut off at different epochs. Ending a trial early
 * calls its generator's `return()` and waits for its `finally`.
 */
export async function driveTrials(
  train: Train,
  assignments: readonly Assignment[],
  context: TrainContext,
  host: TrialHost,
): Promise<void> {
  let open: DrivenTrial[];
  try {
    open = begin(train, assignments.map(withFolder), context);
  } catch (error) {
    for (const { trial } of assignments) host.ended(trial, outcomeOfError(error));
    return;
  }
  try {
    while (open.length > 0) {
      await Promise.all(open.map(async (driven) => (driven.next ??= await pull(driven.epochs, context))));
      const earliest = Math.min(...open.map(epochOf));
      for (const driven of open.filter((one) => epochOf(one) === earliest)) {
        const { trial } = driven.assignment;
        const next = driven.next as Report | Outcome;
        driven.told = earliest;
        driven.next = undefined;
        if (isReport(next)) {
          const verdict = await host.report(trial, next);
          if (verdict === 'continue' && !context.signal.aborted) continue;
          await end(driven.epochs, context);
        }
        open = open.filter((one) => one !== driven);
        // What a trainer does once it is given up is its way to end.
        host.ended(trial, isReport(next) || context.signal.aborted ? undefined : next);
      }
    }
  } finally {
    for (const { epochs } of open) await end(epochs, context);
  }
}

function begin(train: Train, assignments: readonly Assignment[], context: TrainContext): DrivenTrial[] {
  const together = assignments.length > 1 ? train.together?.(assignments, context) : undefined;
  const generators = together ?? assignments.map((one) => train(one, context));
  return assignments.map((assignment, i) => ({
    assignment,
    epochs: generators[i] as AsyncGenerator<Report, TrainEnd | void, void>,
    told: 0,
    next: undefined,
  }));
}

/** The trial's next report, or how it ended. */
async function pull(
  epochs: AsyncGenerator<Report, TrainEnd | void, void>,
  context: TrainContext,
): Promise<Report | Outcome> {
  if (!isGenerator(epochs)) return contractFailure(`expected an async generator from the trainer, got ${show(epochs)}`);
  let step: IteratorResult<Report, TrainEnd | void>;
  try {
    step = await epochs.next();
  } catch (error) {
    return outcomeOfError(error);
  }
  if (step.done === true) return completed(step.value);
  const report = checkReport(step.value);
  if (!('problem' in report)) return report;
  await end(epochs, context);
  return contractFailure(report.problem);
}

/** Trainers are often written by hand: anything but a reason in words counts as none. */
function completed(end: unknown): Outcome {
  const reason = typeof end === 'object' && end !== null && 'reason' in end ? end.reason : undefined;
  return { status: 'completed', ...(typeof reason === 'string' ? { reason: reason.slice(0, LONGEST_REASON) } : {}) };
}

/** Characters. */
const LONGEST_REASON = 1000;

/** Where what it has to tell belongs; an end stands where the next report would. */
function epochOf({ assignment, told, next }: DrivenTrial): number {
  if (next !== undefined && isReport(next)) return next.epoch;
  return (told === 0 ? assignment.reported : told) + 1;
}

/** The folder is made when the trainer first asks for it: most custom trainers never do, and a folder costs more than a trial. */
function withFolder(assignment: Assignment): Assignment {
  return {
    ...assignment,
    get directory() {
      makeTrialFolder(assignment.directory);
      return assignment.directory;
    },
  };
}

/** What goes wrong in a trainer's `finally` no longer concerns the trial. */
async function end(epochs: AsyncGenerator<Report, TrainEnd | void, void>, context: TrainContext): Promise<void> {
  if (!isGenerator(epochs)) return;
  try {
    await epochs.return();
  } catch (error) {
    context.log(`the trainer failed while it was being ended: ${messageOf(error)}`);
  }
}

function isReport(next: Report | Outcome): next is Report {
  return 'metrics' in next;
}

function isGenerator(value: unknown): boolean {
  const { next, return: finish } = (value ?? {}) as Partial<AsyncGenerator>;
  return typeof next === 'function' && typeof finish === 'function';
}
