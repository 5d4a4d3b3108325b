// A ladder of rungs as history shows it: who is at each, who may still come, and how many of them go on.
import type { History } from '../../study/history.js';
import type { Objective } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import { type Entry, Ranking } from './ranking.js';
import { rungsReached } from './rungs.js';
import { bestUpTo, epochOf } from './score.js';

/** How many go on from each rung; k counts rungs from 0. */
export interface Ladder {
  /** Epochs, ascending, all below the last. */
  readonly rungs: readonly number[];
  /** Once all of the study's trials have had their chance. */
  quota(k: number, trials: number): number;
  /** Already now: with so many at this rung, and so many of the trials at the first. */
  early(k: number, there: number, entered: number, trials: number): number;
}

export interface RungView {
  readonly epoch: number;
  /** All that have reached the rung and not failed since. */
  readonly ranking: readonly Entry[];
  /** The most trials that may still reach it. */
  readonly pending: number;
  readonly quota: number;
  /** So many of the best go on as things are. */
  readonly open: number;
  /** No more than so many ever will. */
  readonly most: number;
}

/** Reads a history. Keeps rankings that make the next look cheap; what it answers depends on its arguments alone. */
export class LadderView {
  private readonly rankings: readonly Ranking[];

  constructor(
    private readonly objective: Objective,
    private readonly ladder: Ladder,
  ) {
    this.rankings = ladder.rungs.map((rung) => new Ranking((trial) => this.scoreAt(trial, rung)));
  }

  /** @param remaining new trials that may still be asked. */
  of(history: History, remaining: number): RungView[] {
    const { ladder } = this;
    const heading = new Array<number>(ladder.rungs.length + 1).fill(0);
    let trials = remaining;
    for (const trial of history.trials) {
      if (trial.source === 'confirmation' || trial.state === 'failed') continue;
      trials++;
      if (trial.state === 'asked' || trial.state === 'running') add(heading, rungsReached(ladder.rungs, trial));
    }
    let pending = remaining + (heading[0] as number);
    let entered = 0;
    return ladder.rungs.map((epoch, k) => {
      const ranking = (this.rankings[k] as Ranking).of(history.trials);
      if (k === 0) entered = ranking.length;
      const quota = ladder.quota(k, trials);
      const view = {
        epoch,
        ranking,
        pending,
        quota,
        open: Math.max(ladder.early(k, ranking.length, entered, trials), quota - pending),
        most: Math.max(quota, ladder.early(k, ranking.length + pending, trials, trials)),
      };
      const waiting = ranking.slice(0, quota).filter(({ trial }) => this.waitsAt(history.trials[trial], k)).length;
      pending = (heading[k + 1] as number) + Math.min(quota, waiting + pending);
      return view;
    });
  }

  /** Whether the trial is paused at this rung, the last that it has reached. */
  waitsAt(trial: Trial | undefined, k: number): boolean {
    return trial?.state === 'paused' && rungsReached(this.ladder.rungs, trial) === k + 1;
  }

  /** What the trial is ranked by at a rung. */
  scoreAt(trial: Trial, rung: number): number | undefined {
    if (trial.source === 'confirmation' || trial.state === 'failed' || epochOf(trial) < rung) return undefined;
    return bestUpTo(this.objective, trial, rung)?.score;
  }
}

function add(counts: number[], index: number): void {
  counts[index] = (counts[index] as number) + 1;
}
