// Bayesian search: a Gaussian process of the losses so far, and the trial that promises the largest improvement over the best.
import type { RandomStream } from '../../math/random.js';
import type { History } from '../../study/history.js';
import type { Parameters } from '../../study/parameters.js';
import type { SearchSpace } from '../../study/space.js';
import { isOfSearch } from '../../study/trial.js';
import { must } from '../../system/must.js';
import { allOf } from '../gp/criterion.js';
import { ExpectedImprovement } from '../gp/expected-improvement.js';
import { Feasibility } from '../gp/feasibility.js';
import { type Candidate, rankCandidates, rankList } from '../gp/maximize.js';
import { type Surrogate, fitSurrogate } from '../gp/surrogate.js';
import { indicesAtRanks, ranksBetween } from '../at-ranks.js';
import { type ModelData, type Observation, countKnown, modelDataOf } from '../model-data.js';
import type { Sampler, Suggestion } from '../sampler.js';
import { type Expect, costExponent, fitTrend, perCost } from '../prior-trend.js';
import { mostExpected } from '../most-expected.js';
import { type StopRule, enoughText, leastWorthwhile } from '../stop-rule.js';
import { logExpectedPositivePart } from '../../math/normal.js';
import { StartUp } from '../start-up.js';
import type { WarmStart } from '../warm-start.js';
import { formatDigits, formatTenths } from '../../system/format.js';

/** Points around which candidates are drawn. */
const SEEDS = 4;
/** Candidates closer to a known trial than this share of the range, in every number, and equal otherwise, are no news. */
const NEWS = 1e-6;
/** So many of the latest failed trials are looked at. */
const MOST_FAILED = 100;
/** With a prior the model decides after so many trials, and the first ones are the best of so many points. */
const TRUSTED_START = 2;
const SAMPLE = 256;
/** Before so many trials of its own, and so many for each parameter, the model is not believed that there is nothing more to gain. */
const [FEWEST_BEFORE_STOP, FEWEST_BY_PARAMETER] = [10, 3] as const;

/** What is known before the first trial. */
export interface Knowledge {
  readonly expect?: Expect | undefined;
  /** The only parameters that may be proposed; missing where the whole space may. */
  readonly among?: readonly Parameters[] | undefined;
  /** The trial by which costs no longer count; missing where they always do. */
  readonly costsUntil?: number | undefined;
  /** When further trials are not worth their time. */
  readonly stop?: StopRule | undefined;
}

function countFinal({ observations }: ModelData): number {
  return observations.filter(({ own, doubt }) => own && doubt < 1).length;
}

/** The best of the final values; of all, where none is final. */
function lowestOf(observations: readonly Observation[]): Observation[] {
  const certain = observations.filter(({ doubt }) => doubt === 0);
  const among = certain.length > 0 ? certain : observations;
  const losses = among.map(({ loss }) => loss);
  const ranks = ranksBetween(0, Math.min(SEEDS, among.length));
  return indicesAtRanks(losses, ranks).map((i) => must(among[i], 'an observation'));
}

/** See gp/gaussian-process.ts for the model, gp/expected-improvement.ts for what is maximised. */
export class BayesianSampler implements Sampler {
  private readonly startUp: StartUp;
  private readonly startupTrials: number;

  constructor(
    private readonly space: SearchSpace,
    seed: number,
    private readonly warmStart: WarmStart,
    startupTrials?: number,
    private readonly knowledge: Knowledge = {},
  ) {
    const usual = knowledge.expect === undefined ? Math.min(10, space.dimensions + 2) : TRUSTED_START;
    this.startupTrials = startupTrials ?? usual;
    this.startUp = new StartUp(space, seed);
  }

  ask(history: History, random: RandomStream): Suggestion | undefined {
    const data = this.warmStart.added(modelDataOf(this.space, history));
    const known = countKnown(data);
    if (known < this.startupTrials) {
      return this.quasiRandom(history, random, `start-up ${known + 1} of ${this.startupTrials}`);
    }
    if (data.observations.length < 2) return this.quasiRandom(history, random, 'too few values for a model yet');
    const room = data.pending.length + MOST_FAILED;
    const { expect } = this.knowledge;
    const trend = expect === undefined ? undefined : fitTrend.bind(undefined, this.space, expect);
    const surrogate = fitSurrogate(this.space, data.observations, room, trend);
    if (surrogate === undefined) {
      const warning = `the Gaussian process could not be fitted to ${data.observations.length} values; a quasi-random point is used instead`;
      const suggestion = this.quasiRandom(history, random, 'the model could not be fitted');
      return suggestion && { ...suggestion, warning };
    }
    const candidates = this.candidates(surrogate, data, random, history);
    const next = candidates.find(({ unit }) => !history.has(this.space.decode(unit)) && this.isNews(unit, data));
    if (next === undefined) return this.quasiRandom(history, random, 'all that the model proposed is known');
    return { parameters: this.space.decode(next.unit), note: this.describe(next, surrogate, history) };
  }

  get stops(): boolean {
    return this.knowledge.stop !== undefined;
  }

  /**
   * Whether the largest expected improvement that the search finds is below what the rule asks for. The improvement is that of a trial's value, not
   * of the function: parameters never explain all. A bound on the regret instead, as in
   * A. Makarova et al., 'Automatic Termination for Hyperparameter Optimization', AutoML 2022, which also compares with the statistical error.
   */
  enough(history: History, random: RandomStream): string | undefined {
    const { stop, expect } = this.knowledge;
    const data = stop === undefined ? undefined : this.warmStart.added(modelDataOf(this.space, history));
    if (
      stop === undefined ||
      data === undefined ||
      countFinal(data) < Math.max(FEWEST_BEFORE_STOP, FEWEST_BY_PARAMETER * this.space.dimensions)
    )
      return undefined;
    const least = leastWorthwhile(stop, history);
    if (least === undefined) return undefined;
    const trend = expect === undefined ? undefined : fitTrend.bind(undefined, this.space, expect);
    const surrogate = fitSurrogate(this.space, data.observations, data.pending.length + MOST_FAILED, trend);
    if (surrogate === undefined) return undefined;
    const { process, warp } = surrogate;
    const candidates = this.candidates(surrogate, data, random, history);
    const best = warp.apply(lowestOf(data.observations)[0]?.loss ?? 0);
    const unit = warp.invert(best) - warp.invert(best - 1);
    // What the parameters do not explain is real, as far as it is not the error of the images.
    const unexplained = Math.max(0, process.hyperparameters.noise - ((least.error ?? 0) / unit) ** 2);
    const gain = candidates.reduce((most, candidate) => {
      const { mean, variance } = process.predict(process.distance.place(this.space.settle(candidate.unit)));
      const deviation = Math.sqrt(variance + unexplained);
      return Math.max(most, unit * deviation * Math.exp(logExpectedPositivePart((best - mean) / deviation)));
    }, 0);
    return gain < least.improvement ? enoughText(gain, least, history.objective) : undefined;
  }

  private candidates(
    { process, warp }: Surrogate,
    data: ModelData,
    random: RandomStream,
    history: History,
  ): Candidate[] {
    const { distance } = process;
    const placed = data.pending.map((unit) => distance.place(unit)).filter((point) => process.addPending(point));
    // Nor is there anything to learn where a trial failed: the mean stays, the uncertainty goes.
    for (const unit of data.failed.slice(-MOST_FAILED)) process.addPending(distance.place(unit));
    const lowest = lowestOf(data.observations);
    const best = warp.apply(lowest[0]?.loss ?? 0);
    const improvement = new ExpectedImprovement(process, placed, best, random.derive('outcomes'));
    const feasibility = Feasibility.of(this.space, data);
    const { expect, among } = this.knowledge;
    const criterion = allOf([
      improvement,
      ...(feasibility === undefined ? [] : [feasibility]),
      ...(expect === undefined ? [] : [perCost(this.space, expect, this.remaining(history))]),
    ]);
    if (among !== undefined)
      return rankList(
        among.map((parameters) => this.space.encode(parameters)),
        distance,
        criterion,
      );
    const seeds = lowest.map(({ unit }) => unit);
    return rankCandidates(this.space, distance, criterion, seeds, process.count, random.derive('candidates'));
  }

  private quasiRandom(history: History, random: RandomStream, note: string): Suggestion | undefined {
    const parameters: Parameters | undefined = this.expected(history) ?? this.startUp.next(history, random);
    return parameters && { parameters, note: [note, ...this.beforehand(parameters)].join('; ') };
  }

  /** What the prior thinks the most of, away from what is known. */
  private expected(history: History): Parameters | undefined {
    const { expect, among } = this.knowledge;
    return expect && mostExpected(this.space, expect, among ?? this.startUp.sample(SAMPLE), history);
  }

  private isNews(candidate: Float64Array, { observations, pending, failed }: ModelData): boolean {
    const point = this.space.settle(candidate);
    const isNear = (known: Float64Array) =>
      known.every((u, d) => (Number.isNaN(u) ? Number.isNaN(point[d]) : Math.abs(u - point[d]!) < NEWS));
    return (
      !observations.some((observation) => isNear(observation.unit)) && !pending.some(isNear) && !failed.some(isNear)
    );
  }

  note(parameters: Parameters): string | undefined {
    const words = this.beforehand(parameters);
    return words.length === 0 ? undefined : words.join('; ');
  }

  /** What the model, the prior and the cost had to say. */
  private describe({ unit, worth }: Candidate, { process, warp }: Surrogate, history: History): string {
    const { objective } = history;
    const point = process.distance.place(this.space.settle(unit));
    const { mean, variance } = process.predict(point);
    const sign = objective.direction === 'maximize' ? -1 : 1;
    const valueAt = (warped: number): number => sign * warp.invert(warped);
    const deviation = Math.sqrt(variance);
    const range = [valueAt(mean - deviation), valueAt(mean + deviation)].sort((a, b) => a - b);
    const middle = valueAt(mean);
    const model = `expected ${objective.metric} ${formatDigits(middle, 3)} (${range.map((end) => formatDigits(end, 3)).join(' to ')}), log expected improvement ${formatTenths(worth)}`;
    const moved = middle - valueAt(mean - process.trendAt(point));
    const byPrior = `, worth ${moved < 0 ? '' : '+'}${formatDigits(moved, 2)} ${objective.metric} here`;
    const [prior, cost] = this.beforehand(this.space.decode(unit));
    const exponent = `, to the power of ${formatDigits(costExponent(this.remaining(history)), 2)}`;
    return [
      model,
      ...(prior === undefined ? [] : [prior + byPrior]),
      ...(cost === undefined ? [] : [cost + exponent]),
    ].join('; ');
  }

  /** What the prior expects, and what an epoch costs, where they are known. */
  private beforehand(parameters: Parameters): [prior?: string, cost?: string] {
    const expected = this.knowledge.expect?.(parameters);
    if (expected === undefined) return [];
    const { quality, logSeconds } = expected;
    const prior = `the prior expects ${formatDigits(quality, 2)} standard deviations`;
    if (logSeconds === 0) return [prior];
    return [
      prior,
      `an epoch costs ${formatDigits(Math.exp(logSeconds) / 1e6, 2)} million multiply-accumulates an image`,
    ];
  }

  /** The share of the trials that is still to come; 1 where costs always count the same. */
  private remaining({ trials }: History): number {
    const { costsUntil = Infinity } = this.knowledge;
    return Math.max(0, 1 - trials.filter(isOfSearch).length / costsUntil);
  }
}
