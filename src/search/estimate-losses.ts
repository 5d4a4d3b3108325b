// What every trial's final value is or, for a curve that was cut short, what it would probably have been.
import { must } from '../system/must.js';
import type { History } from '../study/history.js';
import { type Objective, valueOf } from '../study/objective.js';
import type { Trial } from '../study/trial.js';
import { ByTrial } from './by-trial.js';
import { type FoldEffects, foldEffectsOf, isFolded, levelOf } from './fold-effects.js';

export interface Estimate {
  /** Less is better. */
  readonly loss: number;
  /** The share of the variance among trials that is open: 0 for a completed trial. */
  readonly doubt: number;
}

/** A trial that has a value. Its record is never changed, so this is found once. */
interface Course {
  readonly trial: number;
  /** The best loss up to each epoch; Infinity before the first epoch with a value. */
  readonly curve: Float64Array;
  /** Where it is known and no estimate: of a completed trial. */
  readonly final: Estimate | undefined;
}

/** What the trials that went further say of one epoch. */
interface Outlook {
  /** How much they still gained, on average. */
  readonly gain: number;
  readonly doubt: number;
}

/** How many peers the assumed correlation of values then and in the end counts for. */
const PRIOR_PEERS = 8;
const FEWEST_PEERS = 3;
const HIGHEST_CORRELATION = 0.98;

/** What was found of the trials of the history that was looked at last, for each objective. */
const lastSeen = new WeakMap<Objective, ByTrial<Course | undefined>>();

/**
 * The loss of every trial that has one, by number. A completed trial's is its best epoch's. One of e epochs is taken to gain from
 * its best so far what the trials that went further gained on average from there, be they completed or estimated themselves:
 * longest curves first, so a study that drops most trials early still compares all of them as if at the end. Who went
 * further was chosen by how good it was at e, which biases what those values are, but much less what is gained. On recorded
 * fine-tuning curves this foretells the order better than regression on the value at e, or keeping ranks. Failed trials have
 * none, nor have baselines, which started from other weights.
 *
 * Where trials have folds, curves are those of the first, and what is told is for the mean over all folds (fold-effects.ts).
 */
export function estimateLosses({ objective, trials, folds }: History): (Estimate | undefined)[] {
  const estimates: (Estimate | undefined)[] = new Array<undefined>(trials.length).fill(undefined);
  const known = new KnownCourses(trials.length);
  const unfinished = new Map<number, Course[]>();
  let seen = lastSeen.get(objective);
  if (seen === undefined) lastSeen.set(objective, (seen = new ByTrial((trial) => courseOf(trial, objective))));
  for (const course of seen.of(trials)) {
    if (course === undefined) continue;
    if (course.final === undefined) push(unfinished, course);
    else {
      known.add(course.curve, course.final);
      estimates[course.trial] = course.final;
    }
  }
  for (const [epoch, same] of [...unfinished].sort(([a], [b]) => b - a)) {
    const { gain, doubt } = known.outlookAt(epoch);
    for (const { trial, curve } of same) {
      const estimate = { loss: must(curve.at(-1), 'a report') - gain, doubt };
      known.add(curve, estimate);
      estimates[trial] = estimate;
    }
  }
  const effects = foldEffectsOf({ trials, folds });
  if (effects !== undefined) overAllFolds(estimates, { objective, trials, folds }, effects);
  return estimates;
}

/** From the first fold to all of them. A trial with some of its folds leaves open what the noise of the others may do. */
function overAllFolds(
  estimates: (Estimate | undefined)[],
  { objective, trials, folds }: Pick<History, 'objective' | 'trials' | 'folds'>,
  { effects, variance }: FoldEffects,
): void {
  const sign = objective.direction === 'maximize' ? -1 : 1;
  const shift = sign * (effects[0] ?? 0);
  const spread = varianceOf(trials.filter(isFolded).map((trial) => levelOf(trial.folds, effects)));
  for (const [number, estimate] of estimates.entries()) {
    if (estimate === undefined) continue;
    const trial = must(trials[number], 'a trial');
    if (trial.folds === undefined) {
      estimates[number] = { loss: estimate.loss - shift, doubt: estimate.doubt };
      continue;
    }
    const noise = variance * (1 / trial.folds.length - 1 / folds);
    const open = noise > 0 && spread > 0 ? noise / (noise + spread) : 0;
    estimates[number] = { loss: sign * levelOf(trial.folds, effects), doubt: open };
  }
}

function varianceOf(values: readonly number[]): number {
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length;
}

function courseOf(trial: Trial, objective: Objective): Course | undefined {
  if (trial.best === undefined || trial.state === 'failed') return undefined;
  if (trial.source === 'baseline' || trial.source === 'fold') return undefined;
  const sign = objective.direction === 'maximize' ? -1 : 1;
  let best = Infinity;
  const curve = Float64Array.from(trial.reports, (report) => {
    const reported = valueOf(objective, report);
    if (reported !== undefined) best = Math.min(best, sign * reported);
    return best;
  });
  const own = trial.folds?.[0] ?? (trial.state === 'completed' ? trial.best : undefined);
  const final = own === undefined ? undefined : { loss: sign * own.value, doubt: 0 };
  return { trial: trial.number, curve, final };
}

function push(byLength: Map<number, Course[]>, course: Course): void {
  const same = byLength.get(course.curve.length);
  if (same === undefined) byLength.set(course.curve.length, [course]);
  else same.push(course);
}

/** Trials whose end is known or estimated. Plain arrays of numbers: this is what grows with a study of thousands of trials. */
class KnownCourses {
  private readonly curves: Float64Array[] = [];
  private readonly losses: Float64Array;
  private readonly doubts: Float64Array;
  /** Of the peers of one epoch. */
  private readonly early: Float64Array;
  private readonly final: Float64Array;

  constructor(most: number) {
    [this.losses, this.doubts, this.early, this.final] = [
      new Float64Array(most),
      new Float64Array(most),
      new Float64Array(most),
      new Float64Array(most),
    ];
  }

  add(curve: Float64Array, { loss, doubt }: Estimate): void {
    this.losses[this.curves.length] = loss;
    this.doubts[this.curves.length] = doubt;
    this.curves.push(curve);
  }

  outlookAt(epoch: number): Outlook {
    const { curves, losses, doubts } = this;
    let [peers, doubted] = [0, 0];
    for (let i = 0; i < curves.length; i++) {
      // Undefined where the trial did not come so far.
      const value = must(curves[i], 'a curve')[epoch - 1];
      if (value === undefined || value === Infinity) continue;
      this.early[peers] = value;
      this.final[peers] = losses[i]!;
      doubted += doubts[i]!;
      peers++;
    }
    const [early, final] = [this.early.subarray(0, peers), this.final.subarray(0, peers)];
    const assumed = epoch / (epoch + 1);
    const gain = peers === 0 ? 0 : mean(early) - mean(final);
    if (peers < FEWEST_PEERS) return { gain, doubt: 1 - assumed ** 2 };
    const seen = (peers * correlation(early, final) + PRIOR_PEERS * assumed) / (peers + PRIOR_PEERS);
    const settled = 1 - doubted / peers;
    return { gain, doubt: 1 - settled * Math.min(HIGHEST_CORRELATION, Math.max(0, seen)) ** 2 };
  }
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Of the values themselves; 0 where one of the two is constant. */
function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i]! - meanA;
    const y = b[i]! - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  const scale = Math.sqrt(aa * bb);
  return scale > 0 ? ab / scale : 0;
}
