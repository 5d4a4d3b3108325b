// How much longer a study will take, as a range: simulated from what trials have cost and where they have stopped.
import { RandomStream } from '../../math/random.js';

export interface TimeLeft {
  /** Seconds; the truth lies between `low` and `high` about 8 times in 10. */
  readonly low: number;
  readonly seconds: number;
  readonly high: number;
}

/** What one stay of a trial in a slot came to: until it ended or was paused. */
export interface Stay {
  /** Seconds of a slot; of trials that share one each has its part. */
  readonly seconds: number;
  /** Epochs that the trial has in the end, as a share of those of a full trial. */
  readonly share: number;
}

/** A trial in a slot. */
export interface RunningTrial {
  /** Epochs reported, as a share of those of a full trial. */
  readonly share: number;
  /** Seconds that it would take from now on to come to this share of its epochs. */
  readonly secondsTo: (share: number) => number;
  /** Seconds of its slot so far. */
  readonly elapsed: number;
  /** The share at which it will be paused, where that is known. */
  readonly stop?: number;
}

export interface WorkLeft {
  /** Trials that have not been in a slot yet. */
  readonly unstarted: number;
  readonly running: readonly RunningTrial[];
  /** Seconds for each of the paused trials that will be continued, at what an epoch takes on average. */
  readonly continued: readonly number[];
  /** Whether trials to come may be stopped on their way. */
  readonly mayStop: boolean;
  readonly slots: number;
}

/** The latest stays. A trial is unlike early ones once features are stored and pruning has begun. */
export class StayWindow {
  private readonly kept: Stay[] = [];

  constructor(private readonly capacity = 48) {}

  add(stay: Stay): void {
    if (!Number.isFinite(stay.seconds) || stay.seconds < 0) return;
    this.kept.push(stay);
    if (this.kept.length > this.capacity) this.kept.shift();
  }

  /** The oldest first. */
  get stays(): readonly Stay[] {
    return this.kept;
  }
}

const FUTURES = 101;
/** More trials than this are not simulated one by one: their sum is close to normal. */
const MOST_DRAWN = 120;
/** What a stay loses of its weight with each one that follows. */
const FADING = 0.97;
/** How far trials to come may differ from those so far beyond chance, since samplers learn and machines have other work: a standard deviation of logarithms. */
const DRIFT = 0.2;
/** The same where trials are stopped on their way or continued later: which ones, a pruner decides by values that nobody has seen. */
const PRUNED_DRIFT = 0.8;
/** The same of a running trial's own pace. */
const PACE_DRIFT = 0.07;

/** By what factor continued trials cost more than others, as a logarithm: larger networks and deeper unfreezing tend to be better. Measured in bench/time-left. */
const CONTINUED = { mean: 0.35, deviation: 0.5 };
/** As many trials that may have been stopped are imagined beside those that were seen. */
const UNSEEN_STOPS = 16;
/** Width of the kernel over logarithms of seconds, in standard deviations of one and by their number (B. W. Silverman 1986, section 3.4). */
const SMOOTHING = 1.06;

/** Undefined while nothing is known of what a trial costs. */
export function timeLeft({ stays }: StayWindow, work: WorkLeft): TimeLeft | undefined {
  const known = [...stays, ...(stays.length < 3 ? expectedStays(work.running) : [])];
  if (known.length === 0) return undefined;
  const random = RandomStream.of('time left');
  const futures = Array.from({ length: FUTURES }, () => future(known, work, random)).sort((a, b) => a - b);
  const at = (share: number): number => futures[Math.round(share * (FUTURES - 1))] ?? NaN;
  return { low: at(0.1), seconds: at(0.5), high: at(0.9) };
}

/** Stays of running trials, as if each came to its end or stopped on the way: all there is to go by at first. */
function expectedStays(running: readonly RunningTrial[]): Stay[] {
  return running.flatMap((trial) =>
    [0.4, 1]
      .filter((share) => share > trial.share)
      .map((share) => ({ share, seconds: trial.elapsed + trial.secondsTo(share) }))
      .filter(({ seconds }) => Number.isFinite(seconds)),
  );
}

/** Seconds until the last slot is done, in one future. */
function future(stays: readonly Stay[], work: WorkLeft, random: RandomStream): number {
  const draw = drawing(stays, random);
  const isPruned = work.mayStop || work.continued.length > 0;
  const drift = Math.exp((isPruned ? PRUNED_DRIFT : DRIFT) * random.normal());
  const current = work.running.map((trial) => {
    const share = trial.stop ?? draw.shareBeyond(trial.share);
    const known = trial.secondsTo(share);
    const rest = (Number.isFinite(known) ? known : draw.stay().seconds) * Math.exp(PACE_DRIFT * random.normal());
    return { rest, stay: { share, seconds: trial.elapsed + rest } };
  });
  const running = current.map(({ rest }) => rest);
  // Trials that cost much are longer in their slots: those that have ended are too cheap a sample without those that have not.
  const fresh = drawing([...stays, ...current.map(({ stay }) => stay)], random);
  const slots = Math.max(1, work.slots);
  const ends = Array.from({ length: slots }, (_, slot) => {
    // More trials than slots share them.
    return running.filter((_, i) => i % slots === slot).reduce((sum, rest) => sum + rest, 0);
  });
  // Pruners begin late: that all trials so far came to their ends does not say that those to come will.
  const cut = work.mayStop ? (random.uniform(0.2, 1) * UNSEEN_STOPS) / (UNSEEN_STOPS + stays.length) : 0;
  const next = (): number => {
    const { seconds, share } = fresh.stay();
    return seconds * drift * (share > 0.99 && random.next() < cut ? random.uniform(0.05, 0.8) : 1);
  };
  const place = (seconds: number): void => {
    let first = 0;
    ends.forEach((end, slot) => (first = end < (ends[first] ?? 0) ? slot : first));
    ends[first] = (ends[first] ?? 0) + seconds;
  };
  const spread = (seconds: number): void => {
    const level = (ends.reduce((sum, end) => sum + end, 0) + seconds) / slots;
    ends.forEach((end, slot) => (ends[slot] = Math.max(end, level)));
  };
  if (work.unstarted > MOST_DRAWN) {
    const drawn = Array.from({ length: MOST_DRAWN }, next);
    const mean = drawn.reduce((sum, seconds) => sum + seconds, 0) / MOST_DRAWN;
    spread((work.unstarted - MOST_DRAWN) * mean);
    for (const seconds of drawn) place(seconds);
  } else {
    for (let i = 0; i < work.unstarted; i++) place(next());
  }
  // Which of the trials are continued is not known, and so it is not known what their epochs take.
  const excess = Math.exp(CONTINUED.mean + CONTINUED.deviation * random.normal());
  const costs = work.continued.map((seconds) => seconds * fresh.relativeCost() * drift * excess);
  spread(costs.slice(MOST_DRAWN).reduce((sum, seconds) => sum + seconds, 0));
  for (const seconds of costs.slice(0, MOST_DRAWN)) place(seconds);
  return Math.max(...ends);
}

const NONE: Stay = { seconds: 0, share: 1 };

interface Drawing {
  stay(): Stay;
  /** What an epoch of a trial takes, in means of all. */
  relativeCost(): number;
  /** Where a running trial stops: as one of those that came further than it, or at its end. */
  shareBeyond(share: number): number;
}

/** Draws from the stays with weights that are drawn themselves (the Bayesian bootstrap, Rubin 1981): so few say only so much. */
function drawing(stays: readonly Stay[], random: RandomStream): Drawing {
  const weights = stays.map((_, i) => -Math.log(1 - random.next()) * FADING ** (stays.length - 1 - i));
  const sums: number[] = [];
  let total = 0;
  for (const weight of weights) sums.push((total += weight));
  const logs = stays.map(({ seconds }) => Math.log(Math.max(seconds, 1e-3)));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length);
  const rates = stays.map(({ seconds, share }) => seconds / Math.max(share, 1e-3));
  const meanRate = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const width = SMOOTHING * deviation * logs.length ** -0.2;
  return {
    stay() {
      const mark = random.next() * total;
      const { seconds, share } = stays.at(sums.findIndex((sum) => sum > mark)) ?? NONE;
      // Smoothed, since no trial to come costs exactly what one of so few has cost.
      return { share, seconds: seconds * Math.exp(width * random.normal()) };
    },
    relativeCost() {
      const { seconds, share } = this.stay();
      return meanRate === 0 ? 1 : seconds / Math.max(share, 1e-3) / meanRate;
    },
    shareBeyond(share) {
      // One trial more that comes to its end: that none has yet says little.
      const beyond = stays.map((stay, i) => (stay.share > share + 1e-9 ? (weights[i] ?? 0) : 0));
      let mark = random.next() * (1 + beyond.reduce((sum, weight) => sum + weight, 0)) - 1;
      for (const [i, weight] of beyond.entries()) {
        if (mark < 0) break;
        mark -= weight;
        if (mark < 0) return stays[i]?.share ?? 1;
      }
      return 1;
    },
  };
}
