// Slots for which there is no trial lend their cores to those that have one.
import type { TrialRunner } from '../study/trial-runner.js';
import type { Slots } from './slots.js';

export class Lending {
  /** How many slots' share of the processor each trial was last told to take. */
  private share = 1;

  constructor(private readonly runner: TrialRunner) {}

  /** Of the slots that are idle now none is about to start a trial. */
  tell({ busy, count }: Slots): void {
    const share = busy > 0 ? count / busy : 1;
    if (share === this.share) return;
    this.share = share;
    this.runner.lend?.(share);
  }
}
