// Slots for which there is no trial lend their cores to those that have one.
import type { TrialRunner } from '../study/trial-runner.js';

export class Lending {
  /** How many slots' share of the processor each trial was last told to take. */
  private share = 1;

  constructor(private readonly runner: TrialRunner) {}

  /** @param busy slots with a trial, or with something to make for one; of the others none is about to start a trial. */
  tell(busy: number): void {
    const share = busy > 0 ? this.runner.slots / busy : 1;
    if (share === this.share) return;
    this.share = share;
    this.runner.lend?.(share);
  }
}
