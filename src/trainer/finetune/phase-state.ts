// The arrays that a phase begins with: weights, optimizer slots, and the weights that penalties hold on to.
import type { DeviceState } from '../../engines/engine.js';
import { type HostTensor, sizeOf } from '../../graph/host-tensor.js';
import {
  HEAD_BIAS,
  HEAD_KERNEL,
  initialHead,
  type Tail,
  pooledChannels,
  tailSpecs,
  trainedParameters,
} from './tail.js';
import { adversaryOf, initialAdversary } from './adversary.js';
import { imagesOfImportance } from './importance.js';
import { lossScaleEntries } from './loss-scale.js';
import { optimizerOf, stateName } from './optimizers.js';
import { applies, importanceName, startName } from './penalties.js';
import { parametersOf, stepOptions } from './tail-graphs.js';
import type { TrialPlan, Workbench } from './workbench.js';

type Entries = Map<string, HostTensor>;

/**
 * A new state for a phase. Blocks and head continue from `before` where they were trained already. Other blocks are pre-trained, and optimizer
 * slots are zero. Disposes of `before`.
 */
export async function enterPhase(
  bench: Workbench,
  plan: Pick<TrialPlan, 'identity' | 'configuration'>,
  tail: Tail,
  before: DeviceState | undefined,
): Promise<DeviceState> {
  const known: Entries = (await before?.read()) ?? new Map<string, HostTensor>();
  before?.dispose();
  const entries = weightsAtStart(bench, tail, known);
  addAdversary(plan, tail, entries, known);
  const { slots } = optimizerOf(plan.configuration);
  for (const { name, shape, role } of parametersOf(tail, stepOptions(plan.configuration, tail))) {
    for (const slot of slots) entries.set(stateName(slot, name), zeros(shape, role));
  }
  if (plan.configuration.precision === 'float16') {
    for (const [name, entry] of lossScaleEntries(known)) entries.set(name, entry);
  }
  await addAnchors(bench, plan, tail, entries);
  return bench.engine.createState(entries);
}

function weightsAtStart(bench: Workbench, tail: Tail, known: Entries): Entries {
  const entries: Entries = new Map();
  for (const { name } of tailSpecs(tail)) entries.set(name, known.get(name) ?? (bench.weights.get(name) as HostTensor));
  const head = initialHead(pooledChannels(tail), tail.classes);
  for (const name of [HEAD_KERNEL, HEAD_BIAS]) entries.set(name, known.get(name) ?? (head.get(name) as HostTensor));
  return entries;
}

/** What adversarial adaptation trains goes on as it is from phase to phase. */
function addAdversary(
  { identity, configuration }: Pick<TrialPlan, 'identity' | 'configuration'>,
  tail: Tail,
  entries: Entries,
  known: Entries,
): void {
  const adversary = adversaryOf(configuration);
  if (adversary === undefined) return;
  const initial = initialAdversary(adversary, pooledChannels(tail), identity);
  for (const [name, tensor] of initial) entries.set(name, known.get(name) ?? tensor);
}

/** The pre-trained weights, and their importance, for l2sp and ewc. */
async function addAnchors(
  bench: Workbench,
  plan: Pick<TrialPlan, 'identity' | 'configuration'>,
  tail: Tail,
  entries: Entries,
): Promise<void> {
  const { l2sp, ewc, featurePrecision, unfreezeDepth } = plan.configuration;
  if ((l2sp === 0 && ewc === 0) || tail.depth === 0) return;
  const held = trainedParameters(tail).filter((parameter) => applies('ewc', parameter));
  for (const { name } of held) entries.set(startName(name), bench.weights.get(name) as HostTensor);
  if (ewc === 0) return;
  // Of the trial's deepest tail, whatever the phase, so that a weight's importance stays the same as more blocks are unfrozen.
  const deepest: Tail = { ...tail, depth: unfreezeDepth };
  const importance = await bench.importances.of(bench, deepest, featurePrecision, plan.identity.seed);
  bench.work.need(imagesOfImportance(bench.labels.length));
  for (const { name } of held) {
    const entry = importanceName(name);
    entries.set(entry, importance.get(entry) as HostTensor);
  }
}

function zeros(shape: readonly number[], role: HostTensor['role']): HostTensor {
  return { shape, role, data: new Float32Array(sizeOf(shape)) };
}
