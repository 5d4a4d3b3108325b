// What reading features cost, report by report.
import type { WorkCounter } from '../../features/feature-block.js';

/** Trials that are trained side by side read features in turns: each report tells what no report told before, so their sum is right. */
export class WorkMeter {
  private told: WorkCounter = { needed: 0, computed: 0, seconds: 0 };

  constructor(private readonly counter: Readonly<WorkCounter>) {}

  /** Images that went through the frozen part so far. */
  get computed(): number {
    return this.counter.computed;
  }

  /** Since the last call. */
  take(): WorkCounter {
    const before = this.told;
    this.told = { ...this.counter };
    const since = (field: keyof WorkCounter): number => this.told[field] - before[field];
    return { needed: since('needed'), computed: since('computed'), seconds: since('seconds') };
  }
}
