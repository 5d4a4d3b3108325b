// Values of trials as pruners compare them: scores, of which more is always better.
import { type Objective, valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';

/** The objective's value with its sign turned where less is better; its own inverse. */
export function toScore(objective: Objective, value: number): number {
  return objective.direction === 'maximize' ? value : -value;
}

/** The number of the trial's latest epoch; 0 before its first report. */
export function epochOf(trial: Trial): number {
  return trial.reports.at(-1)?.epoch ?? 0;
}

export interface EpochScore {
  readonly epoch: number;
  readonly score: number;
}

/** The trial's best report up to and including an epoch; earlier ones win ties. Values that are missing or not finite are passed over. */
export function bestUpTo(objective: Objective, trial: Trial, epoch: number): EpochScore | undefined {
  let best: EpochScore | undefined;
  for (const report of trial.reports) {
    if (report.epoch > epoch) break;
    const value = valueOf(objective, report);
    if (value === undefined) continue;
    const score = toScore(objective, value);
    if (best === undefined || score > best.score) best = { epoch: report.epoch, score };
  }
  return best;
}

/** The score of exactly this epoch, if it was reported. */
export function scoreAt(objective: Objective, trial: Trial, epoch: number): number | undefined {
  const direct = trial.reports[epoch - 1];
  const report = direct?.epoch === epoch ? direct : trial.reports.find((candidate) => candidate.epoch === epoch);
  const value = report === undefined ? undefined : valueOf(objective, report);
  return value === undefined ? undefined : toScore(objective, value);
}
