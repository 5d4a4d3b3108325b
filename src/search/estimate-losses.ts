// What every trial's final value is or, for a curve that was cut short, what it would probably have been.
import { normalCdf, normalQuantile } from '../math/normal.js';
import { quantileOfSorted } from '../math/quantile.js';
import type { History } from '../study/history.js';
import { valueOf } from '../study/objective.js';
import type { Trial } from '../study/trial.js';

export interface Estimate {
  /** Less is better. */
  readonly loss: number;
  /** The share of the variance among trials that is open: 0 for a completed trial. */
  readonly doubt: number;
}

/** Completed trials at one epoch: their loss then, sorted, and in the end. */
interface Peers {
  readonly early: readonly number[];
  readonly final: readonly number[];
  /** The most that one of them still gained. */
  readonly largestGain: number;
  /** Rank correlation of early and final losses. */
  readonly correlation: number;
}

/** How many peers the assumed correlation counts for. */
const PRIOR_PEERS = 8;
const FEWEST_PEERS = 3;
const HIGHEST_CORRELATION = 0.98;

/**
 * The loss of every trial that has one, by number. A completed trial's is its best epoch's. A curve of e epochs keeps its rank: the
 * normal score of its best so far among completed trials' at that epoch, shrunk by how well ranks at that epoch foretold
 * the final ones, is read off among the final losses (a Gaussian copula). It is never worse than the best so far, and never
 * better by more than any completed trial gained from there. Failed trials have none, nor have baselines,
 * which started from other weights.
 */
export function estimateLosses(history: History): Map<number, Estimate> {
  const sign = history.objective.direction === 'maximize' ? -1 : 1;
  const estimates = new Map<number, Estimate>();
  const completed: Float64Array[] = [];
  const unfinished: { readonly trial: Trial; readonly curve: Float64Array }[] = [];
  for (const trial of history.trials) {
    if (trial.best === undefined || trial.state === 'failed' || trial.source === 'baseline') continue;
    if (trial.state === 'completed') {
      estimates.set(trial.number, { loss: sign * trial.best.value, doubt: 0 });
      completed.push(bestSoFar(trial, history, sign));
    } else {
      unfinished.push({ trial, curve: bestSoFar(trial, history, sign) });
    }
  }
  const peersByEpoch = new Map<number, Peers>();
  for (const { trial, curve } of unfinished) {
    let peers = peersByEpoch.get(curve.length);
    if (peers === undefined) peersByEpoch.set(curve.length, (peers = peersAt(completed, curve.length)));
    estimates.set(trial.number, estimate(curve.at(-1) as number, peers));
  }
  return estimates;
}

/** The best loss up to each epoch; Infinity before the first epoch with a value. */
function bestSoFar(trial: Trial, history: History, sign: number): Float64Array {
  let best = Infinity;
  return Float64Array.from(trial.reports, (report) => {
    const value = valueOf(history.objective, report);
    if (value !== undefined) best = Math.min(best, sign * value);
    return best;
  });
}

function peersAt(completed: readonly Float64Array[], epoch: number): Peers {
  const pairs = completed
    .filter((curve) => curve.length >= epoch && curve[epoch - 1] !== Infinity)
    .map((curve) => ({ early: curve[epoch - 1] as number, final: curve.at(-1) as number }));
  const prior = epoch / (epoch + 1);
  const seen =
    pairs.length < FEWEST_PEERS ? 0 : correlation(scores(pairs.map((p) => p.early)), scores(pairs.map((p) => p.final)));
  const shrunk = (pairs.length * seen + PRIOR_PEERS * prior) / (pairs.length + PRIOR_PEERS);
  return {
    early: pairs.map((p) => p.early).sort((a, b) => a - b),
    final: pairs.map((p) => p.final).sort((a, b) => a - b),
    largestGain: pairs.reduce((most, p) => Math.max(most, p.early - p.final), 0),
    correlation: pairs.length < FEWEST_PEERS ? prior : Math.min(HIGHEST_CORRELATION, Math.max(0, shrunk)),
  };
}

function estimate(loss: number, peers: Peers): Estimate {
  const doubt = 1 - peers.correlation ** 2;
  if (peers.early.length < FEWEST_PEERS) return { loss, doubt };
  const below = peers.early.filter((early) => early < loss).length;
  const equal = peers.early.filter((early) => early === loss).length;
  const score = normalQuantile((below + equal / 2 + 0.5) / (peers.early.length + 1));
  const final = quantileOfSorted(peers.final, normalCdf(peers.correlation * score));
  return { loss: Math.min(loss, Math.max(loss - peers.largestGain, final)), doubt };
}

/** Normal scores of ranks; equal values share theirs. */
function scores(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => {
    const first = sorted.indexOf(value);
    const last = sorted.lastIndexOf(value);
    return normalQuantile(((first + last) / 2 + 0.5) / values.length);
  });
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, xi, i) => sum + xi * (y[i] as number), 0);
  const scale = Math.sqrt(product(a, a) * product(b, b));
  return scale > 0 ? product(a, b) / scale : 0;
}
