// What every trial's final value is or, for a curve that was cut short, what it would probably have been.
import { must } from '../system/must.js';
import type { History } from '../study/history.js';
import { valueOf } from '../study/objective.js';
import type { Trial } from '../study/trial.js';

export interface Estimate {
  /** Less is better. */
  readonly loss: number;
  /** The share of the variance among trials that is open: 0 for a completed trial. */
  readonly doubt: number;
}

/** A trial with its best loss up to each epoch; Infinity before the first epoch with a value. */
interface Course {
  readonly trial: number;
  readonly curve: Float64Array;
}

/** What came, or would probably come, of a trial. */
interface Known extends Course, Estimate {}

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

/**
 * The loss of every trial that has one, by number. A completed trial's is its best epoch's. One of e epochs is taken to gain from
 * its best so far what the trials that went further gained on average from there, be they completed or estimated themselves:
 * longest curves first, so a study that drops most trials early still compares all of them as if at the end. Who went
 * further was chosen by how good it was at e, which biases what those values are, but much less what is gained. On recorded
 * fine-tuning curves this foretells the order better than regression on the value at e, or keeping ranks. Failed trials have
 * none, nor have baselines, which started from other weights.
 */
export function estimateLosses(history: History): Map<number, Estimate> {
  const sign = history.objective.direction === 'maximize' ? -1 : 1;
  const known: Known[] = [];
  const unfinished = new Map<number, Course[]>();
  for (const trial of history.trials) {
    if (trial.best === undefined || trial.state === 'failed' || trial.source === 'baseline') continue;
    const course = { trial: trial.number, curve: bestSoFar(trial, history, sign) };
    if (trial.state === 'completed') known.push({ ...course, loss: sign * trial.best.value, doubt: 0 });
    else push(unfinished, course);
  }
  for (const [epoch, courses] of [...unfinished].sort(([a], [b]) => b - a)) {
    const { gain, doubt } = outlookAt(epoch, known);
    for (const course of courses) known.push({ ...course, loss: must(course.curve.at(-1), 'a report') - gain, doubt });
  }
  return new Map(known.map(({ trial, loss, doubt }) => [trial, { loss, doubt }]));
}

function bestSoFar(trial: Trial, history: History, sign: number): Float64Array {
  let best = Infinity;
  return Float64Array.from(trial.reports, (report) => {
    const value = valueOf(history.objective, report);
    if (value !== undefined) best = Math.min(best, sign * value);
    return best;
  });
}

function push(byLength: Map<number, Course[]>, course: Course): void {
  const same = byLength.get(course.curve.length);
  if (same === undefined) byLength.set(course.curve.length, [course]);
  else same.push(course);
}

function outlookAt(epoch: number, known: readonly Known[]): Outlook {
  const peers = known.filter(({ curve }) => curve.length >= epoch && curve[epoch - 1] !== Infinity);
  const early = Float64Array.from(peers, ({ curve }) => curve[epoch - 1]!);
  const final = Float64Array.from(peers, ({ loss }) => loss);
  const assumed = epoch / (epoch + 1);
  if (peers.length < FEWEST_PEERS) {
    return { gain: peers.length === 0 ? 0 : mean(early) - mean(final), doubt: 1 - assumed ** 2 };
  }
  const seen = (peers.length * correlation(early, final) + PRIOR_PEERS * assumed) / (peers.length + PRIOR_PEERS);
  const settled = 1 - mean(Float64Array.from(peers, ({ doubt }) => doubt));
  return {
    gain: mean(early) - mean(final),
    doubt: 1 - settled * Math.min(HIGHEST_CORRELATION, Math.max(0, seen)) ** 2,
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the values themselves; 0 where one of the two is constant. */
function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  const scale = Math.sqrt(aa * bb);
  return scale > 0 ? ab / scale : 0;
}
