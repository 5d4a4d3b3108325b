// The arrays that a phase begins with: weights, optimizer slots, and what the penalties hold on to.
import { RandomStream } from '../../math/random.js';
import type { DeviceState } from '../engines/engine.js';
import { type HostTensor, sizeOf } from '../graph/host-tensor.js';
import { HEAD_BIAS, HEAD_KERNEL, initialHead } from './head.js';
import { labelRows } from './labels.js';
import { optimizerOf, slotName } from './optimizers.js';
import { applies, importanceName, startName } from './penalties.js';
import { type Tail, cutOf, featureShape, pooledChannels, tailSpecs, trainedParameters } from './tail.js';
import type { TrialPlan, Workbench } from './workbench.js';

/** Images that the importance of weights is estimated from. */
const IMPORTANCE_IMAGES = 128;

type Entries = Map<string, HostTensor>;

/**
 * A new state for a phase: blocks go on from `before` where they were trained already and are pre-trained otherwise, so does the head;
 * optimizer slots start at zero. Disposes of `before`.
 */
export async function enterPhase(
  bench: Workbench,
  plan: Pick<TrialPlan, 'identity' | 'configuration'>,
  tail: Tail,
  before: DeviceState | undefined,
): Promise<DeviceState> {
  const known: Entries = (await before?.read()) ?? new Map();
  before?.dispose();
  const entries = weightsAtStart(bench, tail, known);
  const { slots } = optimizerOf(plan.configuration);
  for (const { name, shape, role } of trainedParameters(tail)) {
    for (const slot of slots) entries.set(slotName(slot, name), zeros(shape, role));
  }
  await addAnchors(bench, plan, tail, entries, known);
  return bench.engine.createState(entries);
}

function weightsAtStart(bench: Workbench, tail: Tail, known: Entries): Entries {
  const entries: Entries = new Map();
  for (const { name } of tailSpecs(tail)) entries.set(name, known.get(name) ?? (bench.weights.get(name) as HostTensor));
  const head = initialHead(pooledChannels(tail), tail.classes);
  for (const name of [HEAD_KERNEL, HEAD_BIAS]) entries.set(name, known.get(name) ?? (head.get(name) as HostTensor));
  return entries;
}

/** What l2sp and ewc hold the backbone's weights to. */
async function addAnchors(
  bench: Workbench,
  plan: Pick<TrialPlan, 'identity' | 'configuration'>,
  tail: Tail,
  entries: Entries,
  known: Entries,
): Promise<void> {
  const { l2sp, ewc } = plan.configuration;
  if ((l2sp === 0 && ewc === 0) || tail.depth === 0) return;
  const held = trainedParameters(tail).filter((parameter) => applies('ewc', parameter));
  for (const { name } of held) entries.set(startName(name), bench.weights.get(name) as HostTensor);
  if (ewc === 0) return;
  const importance = await estimateImportance(bench, plan, tail, entries);
  for (const { name } of held) {
    const entry = importanceName(name);
    entries.set(entry, known.get(entry) ?? (importance.get(entry) as HostTensor));
  }
}

/** The mean squared gradient of each backbone weight over some training images, scaled to a mean of 1 over all weights. */
async function estimateImportance(
  bench: Workbench,
  plan: Pick<TrialPlan, 'identity' | 'configuration'>,
  tail: Tail,
  entries: Entries,
): Promise<Entries> {
  const held = trainedParameters(tail).filter(({ below }) => below >= 0);
  const names = held.map(({ name }) => importanceName(name));
  const sums: Entries = new Map(held.map(({ shape, role }, i) => [names[i] as string, zeros(shape, role)]));
  const state = bench.engine.createState(new Map([...entries, ...sums]));
  const block = await bench.features.open(cutOf(tail), { split: 'train', strategy: 'none', view: 0 });
  const order = RandomStream.of(plan.identity.seed, 'importance')
    .permutation(block.images)
    .subarray(0, IMPORTANCE_IMAGES);
  for (let i = 0; i < order.length; i++) {
    const program = await bench.programs.importance(tail);
    const position = order.subarray(i, i + 1);
    const features = new Float32Array(sizeOf(featureShape(tail)));
    await block.gather(position, features);
    await program.run(state, { features, labels: labelRows(bench.labels, position, bench.classes, 0) });
  }
  const totals = await state.read(names);
  state.dispose();
  const arrays = [...totals.values()];
  const count = arrays.reduce((sum, { data }) => sum + data.length, 0);
  const mean = arrays.reduce((sum, { data }) => sum + data.reduce((a, b) => a + b, 0), 0) / count;
  return new Map(
    [...totals].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.map((value) => value / (mean || 1)) }]),
  );
}

function zeros(shape: readonly number[], role: HostTensor['role']): HostTensor {
  return { shape, role, data: new Float32Array(sizeOf(shape)) };
}
