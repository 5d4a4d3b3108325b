// Batched trials: which trials can be trained in one program, how many are worth it, and where a worker's trials meet to do so.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { DeviceState } from '../../engines/engine.js';
import { type TrialEpoch, trainBatched } from './batched-epoch.js';
import type { Tail } from './tail.js';
import { stepOptions } from './tail-graphs.js';
import { describeStep } from './tail-programs.js';
import { type EpochPlan, type EpochResult, type PlannedTrial, trainEpoch } from './train-epoch.js';
import type { Workbench } from './workbench.js';

export interface HeadSize {
  /** Of the pooled features. */
  readonly channels: number;
  readonly classes: number;
  readonly batchSize: number;
}

/** Two are hardly faster than alone, where they are at all. */
const LEAST = 4;
/** More gain little, and the sampler learns less between them. */
const MOST = 8;
/**
 * Weights of all trials. A step works on about eight arrays of this size. Beyond it they leave the processor's second cache, which costs what
 * is saved on some fifty operators.
 */
const WEIGHTS = 2 ** 15;
/** Features in the batches of all trials. */
const FEATURES = 2 ** 19;
/** Batches of other sizes would change the bits of a trial, and are not batched. */
const BATCH_MULTIPLE = 4;

/** How many trials of this size are worth batching, a power of two; 1 where a trial is faster alone. `bench/fusion.ts` measures it. */
export function trialsWorthBatching({ channels, classes, batchSize }: HeadSize): number {
  if (batchSize % BATCH_MULTIPLE !== 0) return 1;
  const room = Math.min(MOST, WEIGHTS / (channels * classes), FEATURES / (channels * batchSize));
  return room < LEAST ? 1 : 2 ** Math.floor(Math.log2(room));
}

/**
 * Trials of equal keys can be batched; undefined where more than the head is trained. With adversarial adaptation that is a map of the
 * features, too, whose arrays are too large to gain anything.
 */
export function batchingKey(configuration: TrainingConfiguration, tail: Omit<Tail, 'depth'>): string | undefined {
  if (configuration.unfreezeDepth > 0 || configuration.adversarial > 0) return undefined;
  const head = { ...tail, depth: 0 };
  return describeStep(head, configuration.batchSize, stepOptions(configuration, head));
}

interface WaitingEpoch extends TrialEpoch {
  readonly settle: (result: PromiseSettledResult<EpochResult>) => void;
}

/**
 * The trials of one worker that advance together. A trial is active from the moment it is asked for its next report until it gives it. An
 * epoch that is ready waits until every active trial is ready or done. Nothing waits for a trial that was not asked, so nothing waits forever.
 */
export class TrialBatch {
  private active = 0;
  private waiting: WaitingEpoch[] = [];

  /** Asks a trial for its next report; `ask` may come to train an epoch. */
  async nextReport<T>(ask: () => Promise<T>): Promise<T> {
    this.active++;
    try {
      return await ask();
    } finally {
      this.active--;
      this.startSoon();
    }
  }

  /** As trainEpoch, batched with the epochs that become ready at the same time. */
  async trainEpoch(bench: Workbench, trial: PlannedTrial, state: DeviceState, plan: EpochPlan): Promise<EpochResult> {
    const result = await new Promise<PromiseSettledResult<EpochResult>>((settle) => {
      this.waiting.push({ bench, trial, state, plan, settle });
      this.startSoon();
    });
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  /** Not at once: whoever asks several trials asks all of them first. */
  private startSoon(): void {
    setImmediate(() => this.start());
  }

  private start(): void {
    if (this.waiting.length === 0 || this.waiting.length < this.active) return;
    const ready = this.waiting;
    this.waiting = [];
    void trainAll(ready);
  }
}

async function trainAll(ready: readonly WaitingEpoch[]): Promise<void> {
  for (const equal of groupsOf(ready)) {
    const results = await trainBatched(equal).catch(() => oneByOne(equal));
    equal.forEach(({ settle }, i) => settle(results[i] as PromiseSettledResult<EpochResult>));
  }
}

/** Where the engine cannot run the batch, the trials train alone. */
async function oneByOne(epochs: readonly TrialEpoch[]): Promise<PromiseSettledResult<EpochResult>[]> {
  const results: PromiseSettledResult<EpochResult>[] = [];
  for (const { bench, trial, state, plan } of epochs) {
    results.push(...(await Promise.allSettled([trainEpoch(bench, trial, state, plan)])));
  }
  return results;
}

/** Epochs whose steps are the same program. */
function groupsOf(ready: readonly WaitingEpoch[]): WaitingEpoch[][] {
  const groups = new Map<string, WaitingEpoch[]>();
  for (const one of ready) {
    const { trial, plan, bench } = one;
    const { batchSize } = trial.configuration;
    const step = describeStep(plan.tail, batchSize, stepOptions(trial.configuration, plan.tail));
    // Only the head's few arrays are worth batching. Deeper tails have enough work for a run of their own.
    const key = plan.tail.depth === 0 ? step : `${step} alone ${bench.backbone.name} ${groups.size}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}
