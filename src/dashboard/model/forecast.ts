// What the time left is told from: stays in slots, the costs of epochs, and how many epochs a pruner still gives to paused trials.
import type { TrialEvent } from '../../study/events.js';
import type { Trial } from '../../study/trial.js';
import { trainingSeconds } from '../../study/training-time.js';
import { EpochCosts } from './epoch-costs.js';
import type { StudyFacts } from './study-facts.js';
import { type RunningTrial, StayWindow, type TimeLeft, timeLeft } from './time-left.js';

/** Where a study stands. */
export interface Standing {
  readonly running: readonly Trial[];
  /** Trials that are neither running nor over, paused ones among them. */
  readonly unstarted: number;
  readonly paused: number;
  readonly slots: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export class Forecast {
  private readonly stays = new StayWindow();
  private readonly costs = new EpochCosts();
  /** The most epochs of any trial, where the study does not say how many a trial has. */
  private longest: number | undefined;
  /** Epochs beyond the first rung of a pruner that pauses trials. */
  private promotedEpochs = 0;

  constructor(private readonly facts: () => StudyFacts) {}

  /** @param sharers trials in the slot of this one, itself among them. */
  apply(event: TrialEvent, earlier: Trial | undefined, trial: Trial, sharers: number): void {
    if (event.type === 'reported') {
      const seconds = (event.report.seconds ?? NaN) / sharers;
      this.costs.note(trial, event.report, seconds, this.headEpochsOf(trial), event.at);
      if (trial.reports.length > this.firstRung) this.promotedEpochs++;
    } else if (event.type === 'paused') {
      this.endStay(trial);
    } else if (event.type === 'told') {
      if (this.facts().epochs === undefined) this.longest = Math.max(this.longest ?? 0, trial.reports.length);
      if (earlier?.state === 'running') this.endStay(trial);
      this.costs.forget(trial.number);
    }
  }

  timeLeft({ running, unstarted, paused, slots, now }: Standing): TimeLeft | undefined {
    const { promotions } = this.facts();
    const stayed = running.map((trial) => this.runningTrial(trial, now));
    const ahead = running.reduce((sum, trial) => {
      const to = this.nextStop(trial) ?? 0;
      return sum + Math.max(0, to - Math.max(this.firstRung, trial.reports.length));
    }, 0);
    const isEnding = unstarted === 0;
    const chains = isEnding ? [] : (promotions?.chains ?? []);
    const sum = chains.reduce((all, chain) => all + chain, 0);
    const left = sum === 0 ? 0 : Math.max(0, 1 - (this.promotedEpochs + ahead) / sum);
    const { typical } = this.costs;
    if (left > 0 && typical === undefined) return undefined;
    return timeLeft(this.stays, {
      unstarted: promotions === undefined ? unstarted : Math.max(0, unstarted - paused),
      running: stayed,
      continued: left === 0 ? [] : chains.map((chain) => left * chain * (typical ?? 0)),
      mayStop: this.facts().mayStop,
      slots,
    });
  }

  private runningTrial(trial: Trial, now: number): RunningTrial {
    const full = this.fullEpochs(trial);
    const done = trial.reports.length;
    const stop = this.nextStop(trial);
    return {
      share: full === undefined ? 0 : done / full,
      elapsed: this.costs.spentBy(trial) ?? 0,
      secondsTo: (share) =>
        full === undefined
          ? NaN
          : this.costs.between(trial, done, Math.round(share * full), this.headEpochsOf(trial), now),
      ...(stop === undefined || full === undefined ? {} : { stop: stop / full }),
    };
  }

  /** The epoch at which a pruner that pauses trials pauses this one; undefined for other pruners. */
  private nextStop(trial: Trial): number | undefined {
    const { promotions } = this.facts();
    if (promotions === undefined) return undefined;
    return promotions.rungs.find((rung) => rung > trial.reports.length) ?? this.fullEpochs(trial);
  }

  /** Of trials that are continued the first stay alone is like those of trials to come. */
  private endStay(trial: Trial): void {
    // From random weights everything is trained: it takes as long as no other trial.
    if (trial.source === 'baseline' || trial.reports.length > this.firstRung) return;
    const spent = this.costs.spentBy(trial);
    const seconds = spent === undefined || spent === 0 ? trainingSeconds(trial) : spent;
    const full = this.fullEpochs(trial) ?? trial.reports.length;
    if (seconds !== undefined) this.stays.add({ seconds, share: full === 0 ? 0 : trial.reports.length / full });
  }

  private get firstRung(): number {
    return this.facts().promotions?.rungs[0] ?? Infinity;
  }

  private fullEpochs({ parameters }: Trial): number | undefined {
    const own = parameters['epochs'];
    return typeof own === 'number' ? own : (this.facts().epochs ?? this.longest);
  }

  private headEpochsOf({ parameters }: Trial): number {
    const own = parameters['headEpochs'];
    return typeof own === 'number' ? own : this.facts().headEpochs;
  }
}
