// What the learned prior expects of a study's configurations: their fields, their backbone, what an epoch costs.
import { describeBackbone } from '../../backbones/describe-backbone.js';
import { BACKBONES } from '../../backbones/registry.js';
import type { Expect } from '../../search/prior-trend.js';
import { expectationOf } from '../../search/prior/fine-tuning-prior.js';
import type { NetworkFacts } from '../../search/prior/terms.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { TRAINING_DEFAULTS } from '../../study/schema/training-schema.js';

/** A backward pass costs about two forward passes. */
const BACKWARD = 2;
/** What an image costs besides the network, as a share of a forward pass: the head, evaluation, bookkeeping. */
const OVERHEAD = 0.02;

interface BackboneFacts {
  readonly network: NetworkFacts;
  /** Multiply-accumulates of each block, from the pixels up. */
  readonly macs: readonly number[];
}

/**
 * Of the built-in trainer. Costs are multiply-accumulates, not measured seconds: so decisions are the same on every machine, and follow
 * from the study alone. A backbone that is not known counts as average.
 */
export function expectationsOf({ backbone: chosen, training }: StudyDefinition): Expect {
  const known = new Map<unknown, BackboneFacts | undefined>();
  return (parameters) => {
    const fields = { ...TRAINING_DEFAULTS, ...training, ...parameters };
    const name = parameters['backbone'] ?? chosen?.name;
    if (!known.has(name)) known.set(name, factsOf(name, chosen?.inputSize));
    const facts = known.get(name);
    if (facts === undefined) return { quality: expectationOf({ fields }).quality, logSeconds: 0 };
    const { network, macs } = facts;
    const depth = Math.min(macs.length, fields.unfreezeDepth);
    const { quality } = expectationOf({ fields, unfrozenShare: depth / macs.length, network });
    return { quality, logSeconds: Math.log(costOf(macs, depth, fields)) };
  };
}

function factsOf(name: unknown, inputSize: number | undefined): BackboneFacts | undefined {
  const backbone = BACKBONES.find((candidate) => candidate.name === name);
  if (backbone === undefined) return undefined;
  const { blocks, parameters, multiplyAccumulates, ...described } = describeBackbone(backbone, inputSize);
  return {
    macs: blocks.map((block) => block.multiplyAccumulates),
    network: {
      ...{ name: backbone.name, inputSize: described.inputSize, kind: 'convolutional' },
      parameters: parameters / 1e6,
      multiplyAccumulates: multiplyAccumulates / 1e9,
    },
  };
}

/** Of an image in an epoch: the trained part forward and back, and the frozen part once for each view. */
function costOf(
  macs: readonly number[],
  depth: number,
  { epochs, views, augmentation }: typeof TRAINING_DEFAULTS,
): number {
  const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
  const frozen = sum(macs.slice(0, macs.length - depth));
  const shown = augmentation === 'none' ? 1 : Math.min(views, epochs);
  return (1 + BACKWARD) * (sum(macs) - frozen) + (frozen * shown) / epochs + OVERHEAD * sum(macs);
}
