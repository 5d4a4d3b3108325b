// Pulls the epochs of several trials out of one trainer, in step: each has its own reports, decisions and end.
import type { Train, TrainContext } from '../study/train.js';
import type { Assignment, Decision, RunOutcome } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import { heed, pull, withFolder } from './drive-trial.js';
import { outcomeOf } from './failure.js';

export interface Dialogue {
  /** Hands a report over and brings the decision back. */
  readonly exchange: (trial: number, report: Report) => Promise<Decision>;
  readonly ended: (trial: number, outcome: RunOutcome) => void;
}

interface DrivenLane {
  readonly trial: number;
  readonly epochs: AsyncGenerator<Report, void, void>;
  reports: number;
}

/**
 * Trains the trials side by side where the trainer can, else in turns. In every round those with the fewest reports are all asked for the
 * next one; what they give is then told one by one, in the order of the assignments, however long each took. So the order is the same
 * at every run, also at one that goes on with trials that were cut off at different epochs.
 */
export async function driveTogether(
  train: Train,
  assignments: readonly Assignment[],
  context: TrainContext,
  { exchange, ended }: Dialogue,
): Promise<void> {
  let lanes: DrivenLane[];
  try {
    lanes = begin(train, assignments.map(withFolder), context);
  } catch (error) {
    for (const { trial } of assignments) ended(trial, outcomeOf(error));
    return;
  }
  while (lanes.length > 0) {
    const fewest = Math.min(...lanes.map(({ reports }) => reports));
    const due = lanes.filter(({ reports }) => reports === fewest);
    const pulled = await Promise.all(due.map(({ epochs }) => pull(epochs, context)));
    for (const [i, lane] of due.entries()) {
      const next = pulled[i] as (typeof pulled)[number];
      lane.reports++;
      const outcome =
        'outcome' in next ? next.outcome : await heed(lane.epochs, await exchange(lane.trial, next.report), context);
      if (outcome === undefined) continue;
      ended(lane.trial, outcome);
      lanes = lanes.filter((one) => one !== lane);
    }
  }
}

function begin(train: Train, assignments: readonly Assignment[], context: TrainContext): DrivenLane[] {
  const generators = train.together?.(assignments, context) ?? assignments.map((one) => train(one, context));
  return assignments.map(({ trial }, i) => ({
    trial,
    epochs: generators[i] as AsyncGenerator<Report, void, void>,
    reports: 0,
  }));
}
