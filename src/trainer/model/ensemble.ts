// Several trained models as one network: the mean of their probabilities. What they have in common is computed once.
import { must } from '../../system/must.js';
import type { Backbone } from '../../backbones/backbone.js';
import { frozenBlocks, pixelsInput } from '../../backbones/frozen-blocks.js';
import { parameterSpecs } from '../../backbones/parameters.js';
import { preprocess } from '../../backbones/preprocessing.js';
import { GraphBuilder } from '../../graph/builder.js';
import type { Graph, Value } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { add, multiply } from '../../graph/operations/arithmetic.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { softmax } from '../../graph/operations/softmax.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import type { TrainedModel } from './trained-model.js';

export interface EnsembleMember {
  readonly model: TrainedModel;
  /** Its part of the mean; those of all members add up to 1. */
  readonly share: number;
  /** The lowest block with weights of its own; the number of blocks where only the head was trained. */
  readonly ownFrom: number;
}

/** The lowest block that has one of these weights. */
export function lowestBlock(backbone: Backbone, names: Iterable<string>): number {
  const blocks = new Map(parameterSpecs(backbone).map(({ name, block }) => [name, block]));
  const own = [...names].flatMap((name) => blocks.get(name) ?? []);
  return own.reduce((lowest, block) => Math.min(lowest, block), backbone.blocks.length);
}

/**
 * Input pixels [1, side, side, 3] (RGB, uint8), output probabilities [1, classes]. Members on one backbone share its frozen blocks up to the
 * lowest that one of them has trained, and from there on whatever they still have in common. All have the same input size and classes, and
 * none is a model file.
 */
export function ensembleGraph(members: readonly EnsembleMember[]): Graph {
  const g = new GraphBuilder();
  const pixels = pixelsInput(g, must(members[0], 'a member').model.inputSize);
  const trunks = new Map<string, Trunk>();
  const parts = members.map(({ model, share, ownFrom }) => {
    const { backbone, weights, inputSize } = model;
    const trunk = trunks.get(backbone.name) ?? new Trunk(g, preprocess(g, backbone, pixels), model);
    trunks.set(backbone.name, trunk);
    const pooled = frozenBlocks(g, backbone, weights, inputSize, {
      from: ownFrom,
      to: 'pooled',
      input: trunk.at(
        ownFrom,
        members.filter((other) => other.model.backbone.name === backbone.name),
      ),
    });
    const [kernel, bias] = [HEAD_KERNEL, HEAD_BIAS].map((name) => must(weights.get(name), 'a weight of the head'));
    const logits = add(g, matMul(g, pooled, constant(g, kernel)), constant(g, bias));
    return multiply(g, softmax(g, logits), g.scalar(share));
  });
  g.output(
    'probabilities',
    parts.reduce((sum, part) => add(g, sum, part)),
  );
  return g.build();
}

function constant(g: GraphBuilder, tensor: HostTensor | undefined): Value {
  const { data, shape } = must(tensor, 'a weight of the head');
  return g.constant(data, shape);
}

/** The frozen blocks of one backbone, each computed once. */
class Trunk {
  private readonly cuts: Map<number, Value>;

  constructor(
    private readonly g: GraphBuilder,
    input: Value,
    private readonly model: TrainedModel,
  ) {
    this.cuts = new Map([[0, input]]);
  }

  /** The features that enter a block. @param members all of this backbone: some have frozen what lies below it. */
  at(cut: number, members: readonly EnsembleMember[]): Value {
    const known = this.cuts.get(cut);
    if (known !== undefined) return known;
    // Below its own blocks a member has the weights that all began with.
    const frozen = must(
      members.find(({ ownFrom }) => ownFrom >= cut),
      'a member that has frozen these blocks',
    );
    const from = Math.max(...[...this.cuts.keys(), ...members.map(({ ownFrom }) => ownFrom)].filter((at) => at < cut));
    const { backbone, inputSize } = this.model;
    const range = { from, to: cut, input: this.at(from, members) };
    const features = frozenBlocks(this.g, backbone, frozen.model.weights, inputSize, range);
    this.cuts.set(cut, features);
    return features;
  }
}
