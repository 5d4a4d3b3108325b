// What every trial's final value is or, for a curve that was cut short, what it would probably have been.
import { must } from '../system/must.js';
import type { History } from '../study/history.js';
import { type Objective, valueOf } from '../study/objective.js';
import type { Trial } from '../study/trial.js';
import { ByTrial } from './by-trial.js';

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
 */
export function estimateLosses({ objective, trials }: History): (Estimate | undefined)[] {
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
  return estimates;
}

function courseOf(trial: Trial, objective: Objective): Course | undefined {
  if (trial.best === undefined || trial.state === 'failed' || trial.source === 'baseline') return undefined;
  const sign = objective.direction === 'maximize' ? -1 : 1;
  let best = Infinity;
  const curve = Float64Array.from(trial.reports, (report) => {
    const reported = valueOf(objective, report);
    if (reported !== undefined) best = Math.min(best, sign * reported);
    return best;
  });
  const final = trial.state === 'completed' ? { loss: sign * trial.best.value, doubt: 0 } : undefined;
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
