// Core sharing: trials that run use the cores of idle slots.
import type { TrialRunner } from '../study/trial-runner.js';

export class CoreSharing {
  /** How many slots' share of the processor each trial was last told to take. */
  private share = 1;

  constructor(private readonly runner: TrialRunner) {}

  /** @param busy slots with a trial. None of the others is about to start one. */
  update(busy: number): void {
    const share = busy > 0 ? this.runner.slots / busy : 1;
    if (share === this.share) return;
    this.share = share;
    this.runner.shareCores?.(share);
  }
}
