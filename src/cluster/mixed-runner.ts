// The slots of this machine, and after them those of other machines, as one runner.
import type { TrialRun, TrialRunner } from '../study/trial-runner.js';

export class MixedRunner implements TrialRunner {
  readonly batches = true;

  /**
   * @param local its slots do not change. @param remote closed by whoever opened it, like `local`.
   * @param onLocal told of every slot of this machine that gets trials.
   */
  constructor(
    private readonly local: TrialRunner,
    private readonly remote: TrialRunner,
    private readonly onLocal: (slot: number) => void = () => {},
  ) {}

  get slots(): number {
    return this.local.slots + this.remote.slots;
  }

  watchSlots(listener: () => void): () => void {
    return this.remote.watchSlots?.(listener) ?? ((): void => {});
  }

  run(trials: readonly TrialRun[], slot: number, signal: AbortSignal): Promise<void> {
    if (slot >= this.local.slots) return this.remote.run(trials, slot, signal);
    this.onLocal(slot);
    return this.local.run(trials, slot, signal);
  }

  withdraw(): void {
    this.local.withdraw?.();
    this.remote.withdraw?.();
  }

  async close(): Promise<void> {
    await Promise.all([this.local.close(), this.remote.close()]);
  }
}
