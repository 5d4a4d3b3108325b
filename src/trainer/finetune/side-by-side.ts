// One epoch of several trials at once, each a lane of one program.
import type { DeviceState } from '../../engines/engine.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { type EpochPlan, type EpochResult, EpochSteps, type PlannedTrial } from './epoch-steps.js';
import { takeSteps } from './training-epoch.js';
import { type StepFeeds, emptyFeeds } from './training-step.js';
import type { Workbench } from './workbench.js';

/** A trial that is about to train an epoch. */
export interface LaneEpoch {
  readonly bench: Workbench;
  readonly plan: PlannedTrial;
  readonly state: DeviceState;
  readonly epoch: EpochPlan;
}

type Settled = PromiseSettledResult<EpochResult>;

/** A lane under way; `failure` ends it and no other. */
interface Lane extends LaneEpoch {
  readonly steps: EpochSteps;
  failure: { readonly reason: unknown } | undefined;
}

/**
 * Trains an epoch of each; their programs for one batch must be the same. Batches of a size that would not keep the bits of a trial alone
 * are trained alone. What one lane meets, a loss that is no number or features that cannot be read, no other lane notices.
 * @returns for each what trainEpoch would give, or throw.
 * @throws what the engine did; no state has changed then.
 */
export async function trainSideBySide(epochs: readonly LaneEpoch[]): Promise<Settled[]> {
  const opened: PromiseSettledResult<Lane>[] = [];
  // One after the other: what the first computes the others find.
  for (const epoch of epochs) opened.push(...(await Promise.allSettled([open(epoch)])));
  const lanes = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  await takeStepsTogether(lanes);
  for (const lane of lanes) await guarded(lane, () => takeSteps(lane.bench, lane.epoch, lane.state, lane.steps));
  return opened.map((result): Settled => {
    if (result.status === 'rejected') return result;
    const { failure, steps } = result.value;
    if (failure !== undefined) return { status: 'rejected', reason: failure.reason };
    return { status: 'fulfilled', value: steps.result };
  });
}

async function open(lane: LaneEpoch): Promise<Lane> {
  return { ...lane, steps: await EpochSteps.open(lane.bench, lane.plan, lane.epoch), failure: undefined };
}

/** Takes steps as long as lanes may share them, and writes what came of it to the lanes' own states. */
async function takeStepsTogether(lanes: readonly Lane[]): Promise<void> {
  const [first] = lanes;
  if (first === undefined || lanes.length === 1) return;
  const { bench, epoch } = first;
  // Few widths mean few programs to compile; a lane that nobody is in costs little.
  const width = 2 ** Math.ceil(Math.log2(lanes.length));
  const shared = bench.engine.createState(stacked(await Promise.all(lanes.map(({ state }) => state.read())), width));
  try {
    let feeds: StepFeeds = {};
    let views: StepFeeds[] = [];
    let filledFor = 0;
    for (let size = nextSize(lanes); size !== undefined; size = nextSize(lanes)) {
      const program = await bench.programs.trainingInLanes(epoch.tail, size, first.steps.options, width);
      if (program === undefined) break;
      if (size !== filledFor) {
        feeds = emptyFeeds(program);
        views = lanes.map((_, i) => laneOf(feeds, i, width));
        filledFor = size;
      }
      for (const [i, lane] of lanes.entries()) await guarded(lane, () => lane.steps.fill(views[i] as StepFeeds));
      const losses = (await program.run(shared, feeds))['loss'] as Float32Array;
      for (const [i, lane] of lanes.entries()) await guarded(lane, () => lane.steps.took(losses[i] as number));
    }
    const arrays = await shared.read();
    for (const [i, lane] of lanes.entries()) {
      lane.state.write(new Map([...arrays].map(([name, tensor]) => [name, laneOfTensor(tensor, i)])));
    }
  } finally {
    shared.dispose();
  }
}

/** Images of the next step, the same in all lanes that are still under way. */
function nextSize(lanes: readonly Lane[]): number | undefined {
  return lanes.find(({ failure }) => failure === undefined)?.steps.size;
}

async function guarded(lane: Lane, act: () => void | Promise<void>): Promise<void> {
  if (lane.failure !== undefined) return;
  try {
    await act();
  } catch (reason) {
    lane.failure = { reason };
  }
}

/** Arrays of [width, …] with those of the lanes one after the other; the rest is zero. */
function stacked(states: readonly ReadonlyMap<string, HostTensor>[], width: number): Map<string, HostTensor> {
  const result = new Map<string, HostTensor>();
  for (const [name, { shape, data, role }] of states[0] ?? []) {
    const all = new Float32Array(width * data.length);
    states.forEach((state, i) => all.set((state.get(name) as HostTensor).data, i * data.length));
    result.set(name, { shape: [width, ...shape], role, data: all });
  }
  return result;
}

function laneOfTensor({ shape: [width, ...shape], role, data }: HostTensor, lane: number): HostTensor {
  const length = data.length / (width as number);
  return { shape, role, data: data.slice(lane * length, (lane + 1) * length) };
}

/** One lane's part of each array. */
function laneOf(feeds: StepFeeds, lane: number, width: number): StepFeeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, all]) => {
      const length = all.length / width;
      return [name, all.subarray(lane * length, (lane + 1) * length)];
    }),
  );
}
