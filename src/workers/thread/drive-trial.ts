// Pulls a trial's epochs out of its trainer, one decision at a time; the same in a thread and in this process.
import { mkdirSync } from 'node:fs';
import { messageOf } from '../../study/errors.js';
import type { Train, TrainContext } from '../../study/train.js';
import type { Assignment, Decision, RunOutcome } from '../../study/trial-runner.js';
import type { Report } from '../../study/trial.js';
import { checkReport, show } from '../protocol/check-report.js';
import { outcomeOfError } from '../protocol/failure.js';

/** What pulling came to: the next report, or the trial's end. */
export type Pulled = { readonly report: Report } | { readonly outcome: RunOutcome };

/**
 * Trains one trial. Ending it early calls the generator's `return()` and waits for its `finally`.
 * @param exchange hands a report over and brings the decision back.
 */
export async function driveTrial(
  train: Train,
  assignment: Assignment,
  context: TrainContext,
  exchange: (report: Report) => Promise<Decision>,
): Promise<RunOutcome> {
  let epochs: AsyncGenerator<Report, void, void>;
  try {
    epochs = train(withFolder(assignment), context);
  } catch (error) {
    return outcomeOfError(error);
  }
  for (;;) {
    const pulled = await pull(epochs, context);
    if ('outcome' in pulled) return pulled.outcome;
    const outcome = await heed(epochs, await exchange(pulled.report), context);
    if (outcome !== undefined) return outcome;
  }
}

/** The trial's next report, or how it ended. */
export async function pull(epochs: AsyncGenerator<Report, void, void>, context: TrainContext): Promise<Pulled> {
  if (!isGenerator(epochs)) {
    return { outcome: misbehaved(`expected an async generator from the trainer, got ${show(epochs)}`) };
  }
  let step: IteratorResult<Report, void>;
  try {
    step = await epochs.next();
  } catch (error) {
    return { outcome: outcomeOfError(error) };
  }
  if (step.done === true) return { outcome: { status: 'finished' } };
  const report = checkReport(step.value);
  if (!('problem' in report)) return { report };
  await end(epochs, context);
  return { outcome: misbehaved(report.problem) };
}

/** Ends the trial where a decision says so. @returns the outcome then. */
export async function heed(
  epochs: AsyncGenerator<Report, void, void>,
  { action }: Decision,
  context: TrainContext,
): Promise<RunOutcome | undefined> {
  if (action === 'continue') return undefined;
  await end(epochs, context);
  return { status: action === 'stop' ? 'stopped' : 'suspended' };
}

/** The folder is made when the trainer first asks for it: most trainers of one's own never do, and a folder costs more than a trial. */
export function withFolder(assignment: Assignment): Assignment {
  return {
    ...assignment,
    get directory() {
      mkdirSync(assignment.directory, { recursive: true });
      return assignment.directory;
    },
  };
}

/** What goes wrong in a trainer's `finally` no longer concerns the trial. */
async function end(epochs: AsyncGenerator<Report, void, void>, context: TrainContext): Promise<void> {
  try {
    await epochs.return();
  } catch (error) {
    context.log(`the trainer failed while it was being ended: ${messageOf(error)}`);
  }
}

function misbehaved(message: string): RunOutcome {
  return { status: 'misbehaved', message };
}

function isGenerator(value: unknown): boolean {
  const { next, return: finish } = (value ?? {}) as Partial<AsyncGenerator>;
  return typeof next === 'function' && typeof finish === 'function';
}
