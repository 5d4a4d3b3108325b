// What the learned prior expects of a study's configurations: their fields, their backbone, what an epoch costs.
import { describeBackbone } from '../../backbones/describe-backbone.js';
import type { Expect } from '../../search/prior-trend.js';
import { expectationOf } from '../../search/prior/fine-tuning-prior.js';
import type { PriorCoefficients } from '../../search/prior/prior-coefficients.js';
import { PRIOR_VERSION, priorOf } from '../../search/prior/versions.js';
import type { NetworkFacts } from '../../search/prior/terms.js';
import { backboneChoices } from '../../study/schema/backbone-schema.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { TRAINING_DEFAULTS } from '../../study/schema/training-schema.js';
import type { CheckedBackbone } from './check-backbone.js';

/** A backward pass costs about two forward passes. */
const BACKWARD = 2;
/** What an image costs besides the network, as a share of a forward pass: the head, evaluation, bookkeeping. */
const OVERHEAD = 0.02;

/** The network that was pre-trained on drawings. */
const DRAWN = 'quicknet';

interface BackboneFacts {
  readonly network: NetworkFacts;
  /** Multiply-accumulates of each block, from the pixels up. */
  readonly macs: readonly number[];
  /** Blocks from the top that can be trained. */
  readonly trainable: number;
}

/**
 * Of the built-in trainer. Costs are multiply-accumulates, not measured seconds: so decisions are the same on every machine, and follow
 * from the study alone. A backbone whose costs are not known counts as the average of the study's others.
 * @param coefficients of the version that the study began with; default: the latest.
 * @param backbones those that trials choose from, in order, or the one that the study names.
 */
export function expectationsOf(
  { backbone: chosen, training, space }: StudyDefinition,
  backbones: readonly (Pick<CheckedBackbone, 'backbone' | 'inputSize'> & Partial<CheckedBackbone>)[],
  coefficients: PriorCoefficients = priorOf(PRIOR_VERSION),
): Expect {
  const names = backboneChoices(space) ?? [chosen?.name];
  const known = new Map<unknown, BackboneFacts>();
  for (const [i, backbone] of backbones.entries()) {
    const facts = factsOf(backbone);
    if (facts !== undefined) known.set(names[i], facts);
  }
  const all = [...known.values()];
  return (parameters) => {
    const fields = { ...TRAINING_DEFAULTS, ...training, ...parameters };
    const facts = known.get(parameters['backbone'] ?? chosen?.name);
    if (facts === undefined) {
      const costs = all.reduce((sum, other) => sum + logCostOf(other, fields), 0);
      const logSeconds = costs / Math.max(1, all.length);
      return { quality: expectationOf({ fields }, coefficients).quality, logSeconds };
    }
    const { network, macs } = facts;
    const unfrozenShare = depthOf(facts, fields) / macs.length;
    const { quality } = expectationOf({ fields, unfrozenShare, network }, coefficients);
    return { quality, logSeconds: logCostOf(facts, fields) };
  };
}

/** Undefined where costs are not known: a model file may consist of operations that are not counted. */
function factsOf({
  backbone,
  inputSize: size,
  choice,
}: Pick<CheckedBackbone, 'backbone' | 'inputSize'> & Partial<CheckedBackbone>): BackboneFacts | undefined {
  const { blocks, parameters, multiplyAccumulates, inputSize, trainable } = describeBackbone(backbone, size);
  if (!(multiplyAccumulates > 0)) return undefined;
  return {
    macs: blocks.map((block) => block.multiplyAccumulates),
    trainable,
    network: {
      ...{ name: backbone.name, inputSize },
      ...(backbone.file === undefined ? { kind: 'convolutional' } : {}),
      isPhotographic: choice?.weights !== 'random' && backbone.name !== DRAWN,
      parameters: parameters / 1e6,
      multiplyAccumulates: multiplyAccumulates / 1e9,
    },
  };
}

function depthOf({ trainable }: BackboneFacts, { unfreezeDepth }: typeof TRAINING_DEFAULTS): number {
  return Math.min(trainable, unfreezeDepth);
}

function logCostOf(facts: BackboneFacts, fields: typeof TRAINING_DEFAULTS): number {
  return Math.log(costOf(facts.macs, depthOf(facts, fields), fields));
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
