// What the best of many trials is worth on other images: its value without the luck of being chosen.
import { must } from '../system/must.js';
import type { RandomStream } from '../math/random.js';
import { type Interval, confusionInterval } from './bootstrap.js';
import type { ClassCounts } from './class-counts.js';
import type { CountMetric } from './count-metrics.js';

/** The predicted class of each image after each epoch: a list for each epoch. */
export type RunPredictions = readonly (readonly number[])[];

/** What could have been chosen: a configuration with its runs. */
export interface Candidate {
  /** The run that found it, whose model would be used; then its repeats with other seeds, if any. None is without an epoch. */
  readonly runs: readonly RunPredictions[];
  /** Where a simpler one is preferred among those that are nearly as good: how much worse it may be, and its place, lower first. */
  readonly preference?: { readonly order: number; readonly tolerance: number } | undefined;
}

export interface SelectionQuestion {
  /** The class of each image. */
  readonly labels: readonly number[];
  readonly classes: readonly string[];
  readonly metric: string;
  /** The metric of counts; more is better. */
  readonly measure: CountMetric;
  readonly positiveClass?: string | undefined;
  readonly candidates: readonly Candidate[];
  /** Where configurations were repeated: of how many of the best the one with the best mean is chosen. */
  readonly confirmed?: number | undefined;
  readonly random: RandomStream;
}

/** The estimate, with the interval in which the chosen model's metric lies on other images like these. */
export type CorrectedValue = Pick<Interval, 'value' | 'low' | 'high' | 'level'>;

const RESAMPLES = 500;
const INTERVAL_RESAMPLES = 1000;

/** Epochs of all runs that are compared in a resample, at most; those furthest from the best on all images are never chosen. */
const MOST_EPOCHS = 400;
/** Predictions that are compared in a resample, at most: with more images fewer epochs, so that nobody waits for the estimate. */
const MOST_PREDICTIONS = 200_000;
/** Of any number of images. */
const LEAST_EPOCHS = 20;

function mostEpochs(images: number): number {
  return Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, Math.floor(MOST_PREDICTIONS / images)));
}

/**
 * The bias-corrected estimate of the winner (I. Tsamardinos, E. Greasidou, G. Borboudakis, 'Bootstrapping the out-of-sample predictions for
 * efficient and accurate cross-validation', Machine Learning 2018, BBC-CV). The images are drawn with replacement; trial and epoch are chosen
 * by those drawn, and evaluated on those that were not. Instead of a mean of the metric over resamples, which is of a third of the images each
 * time and so too low for F1, the predictions for each image are averaged over the resamples that left it out (the leave-one-out bootstrap
 * of B. Efron & R. Tibshirani, 'Improvements on cross-validation: the .632+ bootstrap method', JASA 1997), and the metric is that of their
 * confusion matrix. The interval is that of `bootstrapInterval` for this matrix. Undefined without images or candidates.
 *
 * All lists of predictions have the length of `labels`.
 */
export function correctedForSelection(question: SelectionQuestion): CorrectedValue | undefined {
  const { labels, classes, metric, positiveClass, random } = question;
  if (labels.length === 0 || question.candidates.length === 0) return undefined;
  const comparison = new Comparison(question);
  const confusion = comparison.leftOutConfusion(random.derive('resamples'));
  const options = { resamples: INTERVAL_RESAMPLES, ...(positiveClass === undefined ? {} : { positiveClass }) };
  return confusionInterval(confusion, classes, metric, random.derive('interval'), options);
}

/** Images that all compared epochs predict alike, and that are of one class. */
interface ImageGroup {
  readonly label: number;
  readonly images: number;
}

class Comparison {
  private readonly counts: ClassCounts;
  private readonly candidates: readonly Candidate[];
  private readonly epochs: readonly (readonly number[])[];
  private readonly groups: readonly ImageGroup[];
  /** The group of each image. */
  private readonly groupOf: Uint32Array;
  /** For each epoch the predicted class of each group. */
  private readonly predicted: readonly Int32Array[];

  constructor(private readonly question: SelectionQuestion) {
    const { labels, classes } = question;
    const zeros = (): Float64Array => new Float64Array(classes.length);
    this.counts = { actual: zeros(), predicted: zeros(), correct: zeros() };
    this.candidates = this.withoutHopeless();
    this.epochs = this.candidates.flatMap(({ runs }) => runs.flat());
    const known = new Map<string, number>();
    const groups: { label: number; images: number; first: number }[] = [];
    this.groupOf = Uint32Array.from(labels, (label, i) => {
      const key = `${label}:${this.epochs.map((epoch) => epoch[i]).join()}`;
      const group = known.get(key) ?? groups.push({ label, images: 0, first: i }) - 1;
      known.set(key, group);
      must(groups[group], 'a group').images++;
      return group;
    });
    this.groups = groups;
    this.predicted = this.epochs.map((epoch) => Int32Array.from(groups, ({ first }) => epoch[first]!));
  }

  /** Mean predictions of the images, each by the resamples that left it out: rows actual, columns predicted; sums are image counts. */
  leftOutConfusion(random: RandomStream): number[][] {
    const { labels, classes } = this.question;
    const n = labels.length;
    const votes = this.groups.map(() => new Float64Array(classes.length));
    const [weights, leftOut] = [new Float64Array(this.groups.length), new Float64Array(this.groups.length)];
    const drawn = new Uint32Array(n);
    const isDrawn = new Uint8Array(n);
    for (let resample = 0; resample < RESAMPLES; resample++) {
      random.fillUint32(drawn);
      for (const array of [weights, leftOut, isDrawn]) array.fill(0);
      for (let i = 0; i < n; i++) {
        const image = Math.floor((drawn[i]! / 2 ** 32) * n);
        isDrawn[image] = 1;
        weights[this.groupOf[image]!]! += 1;
      }
      for (let i = 0; i < n; i++) if (isDrawn[i] === 0) leftOut[this.groupOf[i]!]! += 1;
      const chosen = this.chosenBy(weights);
      votes.forEach((vote, group) => (vote[chosen[group]!]! += leftOut[group]!));
    }
    const confusion = classes.map(() => new Array<number>(classes.length).fill(0));
    this.groups.forEach(({ label, images }, group) => {
      const vote = must(votes[group], 'votes of a group');
      const sum = vote.reduce((total, one) => total + one, 0);
      const row = must(confusion[label], 'a row');
      // Of one image alone there may be no resample without it.
      if (sum === 0) row[this.chosenBy(null)[group]!]! += images;
      else vote.forEach((one, k) => (row[k]! += (images * one) / sum));
    });
    return confusion;
  }

  /** The predictions, by group, of the trial and the epoch that images with these weights would choose; null: all images. */
  private chosenBy(weights: Float64Array | null): Int32Array {
    const shares = weights ?? Float64Array.from(this.groups, ({ images }) => images);
    let next = 0;
    const scored = this.candidates.map(({ runs, preference }) => {
      const bests = runs.map((epochs) => {
        let [best, value] = [next, -Infinity];
        for (const _ of epochs) {
          const own = this.score(must(this.predicted[next], 'predictions'), shares);
          if (own > value) [best, value] = [next, own];
          next++;
        }
        return { best, value };
      });
      const own = must(bests[0], 'a run');
      const mean = bests.reduce((sum, { value }) => sum + value, 0) / bests.length;
      return { epoch: own.best, value: own.value, mean, runs: runs.length, preference };
    });
    const { confirmed } = this.question;
    const chosen = confirmed === undefined ? best(scored, ({ value }) => value) : confirmedBest(scored, confirmed);
    return must(this.predicted[chosen.epoch], 'predictions');
  }

  private score(predictions: Int32Array, shares: Float64Array): number {
    const { actual, predicted, correct } = this.counts;
    for (const list of [actual, predicted, correct]) list.fill(0);
    for (let group = 0; group < shares.length; group++) {
      const share = shares[group]!;
      if (share === 0) continue;
      const { label } = must(this.groups[group], 'a group');
      const said = predictions[group]!;
      actual[label]! += share;
      predicted[said]! += share;
      if (said === label) correct[label]! += share;
    }
    return this.question.measure(this.counts);
  }

  /** Without the epochs that are worst on all images, where there are too many to compare all in each resample. */
  private withoutHopeless(): readonly Candidate[] {
    const { candidates, labels, measure } = this.question;
    const all = candidates.flatMap(({ runs }) => runs.flat());
    const most = mostEpochs(labels.length);
    if (all.length <= most) return candidates;
    const valueOf = (epoch: readonly number[]): number => {
      const { actual, predicted, correct } = this.counts;
      for (const list of [actual, predicted, correct]) list.fill(0);
      labels.forEach((label, i) => {
        actual[label]! += 1;
        predicted[epoch[i]!]! += 1;
        if (epoch[i] === label) correct[label]! += 1;
      });
      return measure(this.counts);
    };
    const ranked = all.map((epoch, place) => ({ epoch, place, value: valueOf(epoch) }));
    ranked.sort((a, b) => b.value - a.value || a.place - b.place);
    const kept = new Set(ranked.slice(0, most).map(({ epoch }) => epoch));
    return candidates.flatMap(({ runs: [own = [], ...repeats], preference }) => {
      const near = own.filter((epoch) => kept.has(epoch));
      if (near.length === 0) return [];
      const others = repeats.map((run) => run.filter((epoch) => kept.has(epoch))).filter(({ length }) => length > 0);
      return [{ runs: [near, ...others], preference }];
    });
  }
}

interface Scored {
  readonly epoch: number;
  /** Of the run that found it. */
  readonly value: number;
  /** Over its runs. */
  readonly mean: number;
  readonly runs: number;
  readonly preference: Candidate['preference'];
}

/** The best mean among the configurations with the most runs, of those that the search would have repeated. */
function confirmedBest(scored: readonly Scored[], top: number): Scored {
  const repeated = [...scored].sort((a, b) => b.value - a.value).slice(0, top);
  const most = Math.max(...repeated.map(({ runs }) => runs));
  return best(
    repeated.filter(({ runs }) => runs === most),
    ({ mean }) => mean,
  );
}

/** The first of those with the highest value, or what is preferred to it. */
function best(scored: readonly Scored[], of: (one: Scored) => number): Scored {
  const leader = scored.reduce((first, one) => (of(one) > of(first) ? one : first));
  const order = ({ preference }: Scored): number => preference?.order ?? Infinity;
  if (leader.preference === undefined) return leader;
  return scored.reduce((first, one) => {
    const isNear = one.preference !== undefined && of(leader) - of(one) <= one.preference.tolerance;
    return isNear && order(one) < order(first) ? one : first;
  }, leader);
}
