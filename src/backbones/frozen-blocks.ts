// The frozen blocks of a backbone as part of a graph: weights are constants, BatchNorm is folded into the convolutions.
import { must } from '../system/must.js';
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { HostTensor } from '../graph/host-tensor.js';
import { reduceMean } from '../graph/operations/reduce.js';
import type { Backbone, Cut, FileWeight } from './backbone.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { buildForward } from './forward.js';
import { parameterSpecs } from './parameters.js';
import { preprocess } from './preprocessing.js';
import { outputShape } from './shapes.js';

export type { Cut };

/** The shape of one image's features at a cut: [channels] when pooled, else [height, width, channels], or as a model file has it. */
export function cutShape(backbone: Backbone, inputSize: number, cut: Cut): readonly number[] {
  if (backbone.file !== undefined) return backbone.file.cutShape(cut);
  const shape = outputShape(backbone, inputSize, cut === 'pooled' ? backbone.blocks.length : cut);
  return cut === 'pooled' ? [shape[2]] : shape;
}

/**
 * Adds the blocks between two cuts; a pooled result is [batch, channels]. All weights are constants, so an engine may prepare them once.
 * Without `input`, pixels [batch, side, side, 3] (RGB, uint8) enter and are preprocessed; `batch` is 1 unless it is given.
 */
export function frozenBlocks(
  g: GraphBuilder,
  backbone: Backbone,
  weights: ReadonlyMap<string, HostTensor>,
  inputSize: number,
  range: { readonly from: number; readonly to: Cut; readonly input?: Value; readonly batch?: number },
): Value {
  const { file } = backbone;
  if (file !== undefined) {
    const input = range.input ?? file.enter(g, preprocess(g, backbone, pixelsInput(g, inputSize, range.batch)));
    const weight = ({ name, shape, role }: FileWeight): Value => {
      return g.constant(must(weights.get(name), `weights for ${name}`).data, shape, role);
    };
    return file.build(g, { from: range.from, to: range.to, input, weight });
  }
  const folded = foldBatchNorm(backbone, weights);
  const specs = new Map(parameterSpecs(folded.backbone).map((spec) => [spec.name, spec]));
  const output = buildForward(g, folded.backbone, {
    from: range.from,
    to: range.to === 'pooled' ? backbone.blocks.length : range.to,
    input: range.input ?? preprocess(g, backbone, pixelsInput(g, inputSize, range.batch)),
    parameters: (name) => {
      const tensor = must(folded.weights.get(name), `weights for ${name}`);
      return g.constant(tensor.data, tensor.shape, specs.get(name)?.role ?? tensor.role);
    },
    mode: 'inference',
  });
  return range.to === 'pooled' ? reduceMean(g, output, [1, 2]) : output;
}

/** RGB pixels, as an image has them. */
export function pixelsInput(g: GraphBuilder, inputSize: number, batch = 1): Value {
  return g.input('pixels', [batch, inputSize, inputSize, 3], { role: 'image', type: 'uint8', layout: 'NHWC' });
}
