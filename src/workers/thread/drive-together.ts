// Pulls the epochs of several trials out of one trainer, in step: each has its own reports, decisions and end.
import type { Train, TrainContext } from '../../study/train.js';
import type { Assignment, Decision, RunOutcome } from '../../study/trial-runner.js';
import type { Report } from '../../study/trial.js';
import { type Pulled, heed, pull, withFolder } from './drive-trial.js';
import { outcomeOfError } from '../protocol/failure.js';

export interface Dialogue {
  /** Hands a report over and brings the decision back. */
  readonly exchange: (trial: number, report: Report) => Promise<Decision>;
  readonly ended: (trial: number, outcome: RunOutcome) => void;
}

interface DrivenLane {
  readonly assignment: Assignment;
  readonly epochs: AsyncGenerator<Report, void, void>;
  /** The last epoch that was told; 0 before the first. */
  told: number;
  /** What it gave when it was last asked, until that is told. */
  pulled: Pulled | undefined;
}

/**
 * Trains the trials side by side where the trainer can, else in turns. All that have nothing to tell are asked for their next report at
 * once; then those with the earliest epoch tell theirs, one by one in the order of the assignments, however long each took. So the
 * order is the same at every run, also at one that goes on with trials that were cut off at different epochs.
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
    for (const { trial } of assignments) ended(trial, outcomeOfError(error));
    return;
  }
  while (lanes.length > 0) {
    await Promise.all(lanes.map(async (lane) => (lane.pulled ??= await pull(lane.epochs, context))));
    const earliest = Math.min(...lanes.map(epochOf));
    for (const lane of lanes.filter((one) => epochOf(one) === earliest)) {
      const { trial } = lane.assignment;
      const pulled = lane.pulled as Pulled;
      lane.told = earliest;
      lane.pulled = undefined;
      const outcome =
        'outcome' in pulled ? pulled.outcome : await heed(lane.epochs, await exchange(trial, pulled.report), context);
      if (outcome === undefined) continue;
      ended(trial, outcome);
      lanes = lanes.filter((one) => one !== lane);
    }
  }
}

/** Where its news belongs; an end stands where the next report would. */
function epochOf({ assignment, told, pulled }: DrivenLane): number {
  if (pulled !== undefined && 'report' in pulled) return pulled.report.epoch;
  return (told === 0 ? assignment.reported : told) + 1;
}

function begin(train: Train, assignments: readonly Assignment[], context: TrainContext): DrivenLane[] {
  const generators = train.together?.(assignments, context) ?? assignments.map((one) => train(one, context));
  return assignments.map((assignment, i) => ({
    assignment,
    epochs: generators[i] as AsyncGenerator<Report, void, void>,
    told: 0,
    pulled: undefined,
  }));
}
