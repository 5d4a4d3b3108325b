// A trial in folds: what its folds come to together, and how one trial compares with another.
import { type Objective, isBetter } from './objective.js';
import type { FoldScore, Report, Trial } from './trial.js';

/** The trial with one more fold that has ended with a value. @param report of that fold's best epoch. */
export function withFold(trial: Trial, score: FoldScore, report: Report): Trial {
  const before = trial.folds ?? [];
  const folds = [...before, score].sort((a, b) => a.index - b.index);
  return {
    ...trial,
    folds,
    best: {
      epoch: Math.max(1, Math.round(meanOf(folds.map(({ epoch }) => epoch)))),
      value: meanOf(folds.map(({ value }) => value)),
    },
    mean: meanReport(trial.mean, report, before.length),
  };
}

/** The mean of `count` reports, in which `mean` is, and one more. Metrics that not all of them have are left out. */
function meanReport(mean: Report | undefined, { epoch, metrics, detail }: Report, count: number): Report {
  if (mean === undefined) {
    const { confusion } = detail ?? {};
    return { epoch, metrics, ...(confusion === undefined ? {} : { detail: { confusion } }) };
  }
  const names = Object.keys(mean.metrics).filter((name) => Object.hasOwn(metrics, name));
  const average = (a: number, b: number): number => (count * a + b) / (count + 1);
  const added = mean.detail?.confusion?.map((row, i) =>
    row.map((images, j) => images + (detail?.confusion?.[i]?.[j] ?? 0)),
  );
  return {
    epoch: Math.max(1, Math.round(average(mean.epoch, epoch))),
    metrics: Object.fromEntries(names.map((name) => [name, average(mean.metrics[name] ?? NaN, metrics[name] ?? NaN)])),
    ...(added === undefined || detail === undefined ? {} : { detail: { confusion: added } }),
  };
}

/**
 * Whether a trial beats another: a mean over more folds says more than one over fewer, whatever they are; of equally many the better
 * value. Equal trials do not beat each other, nor does a trial without a value.
 */
export function isAhead(
  objective: Objective,
  trial: Pick<Trial, 'folds' | 'best'>,
  other: Pick<Trial, 'folds' | 'best'> | undefined,
): boolean {
  if (trial.best === undefined) return false;
  if (other?.best === undefined) return true;
  const [own, others] = [trial.folds?.length ?? 0, other.folds?.length ?? 0];
  return own === others ? isBetter(objective, trial.best.value, other.best.value) : own > others;
}

type RankedTrial = Pick<Trial, 'number' | 'folds' | 'best'>;

/** Whether a trial has its place before another one: it is ahead of it, or equal and was asked earlier. Which of them ended first says nothing. */
export function ranksBefore(objective: Objective, trial: RankedTrial, other: RankedTrial | undefined): boolean {
  if (isAhead(objective, trial, other)) return true;
  if (trial.best === undefined || other === undefined || isAhead(objective, other, trial)) return false;
  return trial.number < other.number;
}

/** The order of trials, best first, as `ranksBefore` has it. For `sort`. */
export function byRank(objective: Objective): (a: RankedTrial, b: RankedTrial) => number {
  return (a, b) => (ranksBefore(objective, a, b) ? -1 : ranksBefore(objective, b, a) ? 1 : a.number - b.number);
}

/** Whether the trial has ended its own fold and waits for others. */
export function isBetweenFolds({ state, folds }: Pick<Trial, 'state' | 'folds'>): boolean {
  return state === 'paused' && folds !== undefined;
}

/** "3 of 5 folds"; undefined where the trial is in one split, or in its first fold. */
export function foldsText({ folds }: Pick<Trial, 'folds'>, total: number): string | undefined {
  return folds === undefined ? undefined : `${folds.length} of ${total} folds`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
