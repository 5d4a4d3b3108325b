// One epoch of several trials at once, in one program that has one more dimension in front of every array.
import type { DeviceState } from '../../engines/engine.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import {
  type EpochPlan,
  type EpochResult,
  EpochSteps,
  type PlannedTrial,
  type StepFeeds,
  emptyFeeds,
  resultOf,
  takeSteps,
} from './train-epoch.js';
import type { Workbench } from './workbench.js';

/** A trial that is ready to train an epoch. */
export interface TrialEpoch {
  readonly bench: Workbench;
  readonly trial: PlannedTrial;
  readonly state: DeviceState;
  readonly plan: EpochPlan;
}

type Settled = PromiseSettledResult<EpochResult>;

/** An epoch in progress; `failure` ends this trial and no other. */
interface RunningEpoch extends TrialEpoch {
  readonly steps: EpochSteps;
  failure: { readonly reason: unknown } | undefined;
}

/**
 * Trains an epoch of each trial. Their programs for one batch must be the same. Batches whose size would change the bits of a trial are
 * trained alone. A failure of one trial, such as a loss that is not finite or features that cannot be read, affects no other.
 * @returns for each what trainEpoch would return, or throw.
 * @throws what the engine threw; no state has changed then.
 */
export async function trainBatched(epochs: readonly TrialEpoch[]): Promise<Settled[]> {
  const opened: PromiseSettledResult<RunningEpoch>[] = [];
  // One by one: the features that the first computes are there for the others.
  for (const epoch of epochs) opened.push(...(await Promise.allSettled([open(epoch)])));
  const running = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  await takeBatchedSteps(running);
  for (const one of running) await guarded(one, () => takeSteps(one.bench, one.plan, one.state, one.steps));
  return opened.map((result): Settled => {
    if (result.status === 'rejected') return result;
    const { failure, steps } = result.value;
    if (failure !== undefined) return { status: 'rejected', reason: failure.reason };
    return { status: 'fulfilled', value: steps.result };
  });
}

async function open(epoch: TrialEpoch): Promise<RunningEpoch> {
  return { ...epoch, steps: await EpochSteps.open(epoch.bench, epoch.trial, epoch.plan), failure: undefined };
}

/** Takes steps as long as the trials may share them, and writes the results to the trials' own states. */
async function takeBatchedSteps(epochs: readonly RunningEpoch[]): Promise<void> {
  const [first] = epochs;
  if (first === undefined || epochs.length === 1) return;
  const { bench, plan } = first;
  // Few widths mean few programs to compile; an unused place costs little.
  const width = 2 ** Math.ceil(Math.log2(epochs.length));
  const shared = bench.engine.createState(stacked(await Promise.all(epochs.map(({ state }) => state.read())), width));
  try {
    let feeds: StepFeeds = {};
    let parts: StepFeeds[] = [];
    let filledFor = 0;
    for (let size = nextSize(epochs); size !== undefined; size = nextSize(epochs)) {
      const program = await bench.programs.batchedTraining(plan.tail, size, first.steps.options, width);
      if (program === undefined) break;
      if (size !== filledFor) {
        feeds = emptyFeeds(program);
        parts = epochs.map((_, i) => partOf(feeds, i, width));
        filledFor = size;
      }
      for (const [i, one] of epochs.entries()) await guarded(one, () => one.steps.fill(parts[i] as StepFeeds));
      const outputs = await program.run(shared, feeds);
      for (const [i, one] of epochs.entries()) {
        await guarded(one, () => one.steps.took(resultOf(outputs, i)));
      }
    }
    const arrays = await shared.read();
    for (const [i, one] of epochs.entries()) {
      one.state.write(new Map([...arrays].map(([name, tensor]) => [name, partOfTensor(tensor, i)])));
    }
  } finally {
    shared.dispose();
  }
}

/** Images of the next step, the same for all trials that are still running. */
function nextSize(epochs: readonly RunningEpoch[]): number | undefined {
  return epochs.find(({ failure }) => failure === undefined)?.steps.size;
}

async function guarded(epoch: RunningEpoch, act: () => unknown): Promise<void> {
  if (epoch.failure !== undefined) return;
  try {
    await act();
  } catch (reason) {
    epoch.failure = { reason };
  }
}

/** Arrays of [width, …] with those of the trials one after the other; the rest is zero. */
function stacked(states: readonly ReadonlyMap<string, HostTensor>[], width: number): Map<string, HostTensor> {
  const result = new Map<string, HostTensor>();
  for (const [name, { shape, data, role }] of states[0] ?? []) {
    const all = new Float32Array(width * data.length);
    states.forEach((state, i) => all.set((state.get(name) as HostTensor).data, i * data.length));
    result.set(name, { shape: [width, ...shape], role, data: all });
  }
  return result;
}

function partOfTensor({ shape: [width, ...shape], role, data }: HostTensor, index: number): HostTensor {
  const length = data.length / (width as number);
  return { shape, role, data: data.slice(index * length, (index + 1) * length) };
}

/** One trial's part of each array. */
function partOf(feeds: StepFeeds, index: number, width: number): StepFeeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, all]) => {
      const length = all.length / width;
      return [name, all.subarray(index * length, (index + 1) * length)];
    }),
  );
}
