// Trials that one worker advances together: those about to train an epoch of the same program train it side by side.
import type { DeviceState } from '../../engines/engine.js';
import type { EpochPlan, EpochResult, PlannedTrial } from './epoch-steps.js';
import { type LaneEpoch, trainSideBySide } from './side-by-side.js';
import { describeStep } from './tail-programs.js';
import { trainEpoch } from './training-epoch.js';
import { stepOptions } from './training-step.js';
import type { Workbench } from './workbench.js';

interface Waiting extends LaneEpoch {
  readonly settle: (result: PromiseSettledResult<EpochResult>) => void;
}

/**
 * Where trials meet. Each is announced when it is asked for its next report, and withdrawn when it has given it; who comes to train waits
 * until all that are announced have come or are done. Nobody waits for a trial that nobody asked, so none waits for ever.
 */
export class LaneGroup {
  private announced = 0;
  private waiting: Waiting[] = [];

  /** Runs `act`, in which a trial may come to train. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    this.announced++;
    try {
      return await act();
    } finally {
      this.announced--;
      this.startSoon();
    }
  }

  /** As trainEpoch, with whoever comes too. */
  async trainEpoch(bench: Workbench, plan: PlannedTrial, state: DeviceState, epoch: EpochPlan): Promise<EpochResult> {
    const result = await new Promise<PromiseSettledResult<EpochResult>>((settle) => {
      this.waiting.push({ bench, plan, state, epoch, settle });
      this.startSoon();
    });
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  /** Not at once: those who ask for the reports of several trials are to announce them all first. */
  private startSoon(): void {
    setImmediate(() => this.start());
  }

  private start(): void {
    if (this.waiting.length === 0 || this.waiting.length < this.announced) return;
    const present = this.waiting;
    this.waiting = [];
    void trainAll(present);
  }
}

async function trainAll(present: readonly Waiting[]): Promise<void> {
  for (const alike of groupsOf(present)) {
    const results = await trainSideBySide(alike).catch(() => oneAfterTheOther(alike));
    alike.forEach(({ settle }, i) => settle(results[i] as PromiseSettledResult<EpochResult>));
  }
}

/** Where the engine cannot run the lanes together, no trial has to suffer for it. */
async function oneAfterTheOther(lanes: readonly LaneEpoch[]): Promise<PromiseSettledResult<EpochResult>[]> {
  const results: PromiseSettledResult<EpochResult>[] = [];
  for (const { bench, plan, state, epoch } of lanes) {
    results.push(...(await Promise.allSettled([trainEpoch(bench, plan, state, epoch)])));
  }
  return results;
}

/** Those whose steps are the same program. */
function groupsOf(present: readonly Waiting[]): Waiting[][] {
  const groups = new Map<string, Waiting[]>();
  for (const one of present) {
    const { plan, epoch, bench } = one;
    const { batchSize } = plan.configuration;
    const step = describeStep(epoch.tail, batchSize, stepOptions(plan.configuration, epoch.tail));
    // Only the head's few arrays are worth it; deeper tails have work enough for a run of their own.
    const key = epoch.tail.depth === 0 ? step : `${step} alone ${bench.backbone.name} ${groups.size}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}
