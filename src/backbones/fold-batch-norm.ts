// Takes BatchNorms out of a backbone that only infers: each disappears into the convolution before it.
import { must } from '../system/must.js';
import { HpoError } from '../study/errors.js';
import type { HostTensor } from '../graph/host-tensor.js';
import type { Backbone, BatchNormLayer, Block, ConvLayer, DepthwiseConvLayer, Layer } from './backbone.js';

type Convolution = ConvLayer | DepthwiseConvLayer;

export interface FoldedBackbone {
  readonly backbone: Backbone;
  readonly weights: Map<string, HostTensor>;
}

/**
 * A backbone with its weights that computes the same in inference mode, up to rounding. A BatchNorm that is the only reader of a
 * convolution (or depthwise convolution) without activation becomes part of it: with s = γ / √(σ² + ε) the kernel's output channels
 * are multiplied by s and the bias is β + (bias − μ) · s. The convolution keeps its name. Other BatchNorms stay.
 */
export function foldBatchNorm(backbone: Backbone, weights: ReadonlyMap<string, HostTensor>): FoldedBackbone {
  const folded = new Map(weights);
  return {
    backbone: { ...backbone, blocks: backbone.blocks.map((block) => foldBlock(block, folded)) },
    weights: folded,
  };
}

function foldBlock(block: Block, weights: Map<string, HostTensor>): Block {
  const layers = new Map(block.layers.map((layer) => [layer.name, layer]));
  /** Names of folded BatchNorms to those of their convolutions. */
  const replaced = new Map<string, string>();
  for (const norm of block.layers) {
    if (norm.op !== 'batchNorm') continue;
    const before = layers.get(must(norm.inputs[0], 'an input of the BatchNorm'));
    if (!before || !isFoldable(before, block)) continue;
    foldWeights(before, norm, weights);
    layers.set(before.name, { ...before, bias: true });
    layers.delete(norm.name);
    replaced.set(norm.name, before.name);
  }
  const rewired = [...layers.values()].map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => replaced.get(name) ?? name),
  }));
  return { ...block, layers: rewired };
}

function isFoldable(layer: Layer, block: Block): layer is Convolution {
  if (layer.op !== 'conv' && layer.op !== 'depthwiseConv') return false;
  const readers = block.layers.filter((reader) => reader.inputs.includes(layer.name));
  return layer.activation === undefined && readers.length === 1;
}

function foldWeights(convolution: Convolution, norm: BatchNormLayer, weights: Map<string, HostTensor>): void {
  const take = (name: string): HostTensor => {
    const tensor = weights.get(name);
    if (tensor) return tensor;
    throw new HpoError('ERR_WEIGHTS', `expected weights for ${name}, got none`);
  };
  const kernelName = `${convolution.name}/kernel`;
  const kernel = take(kernelName);
  const bias = convolution.bias ? take(`${convolution.name}/bias`).data : undefined;
  const gamma = norm.scale ? take(`${norm.name}/gamma`).data : undefined;
  const [beta, mean, variance] = ['beta', 'moving_mean', 'moving_variance'].map(
    (name) => take(`${norm.name}/${name}`).data,
  ) as [Float32Array, Float32Array, Float32Array];
  const channels = beta.length;
  const scale = Float64Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + norm.epsilon));
  const scaled = new Float32Array(kernel.data.length);
  // The output channel is the fastest index of both kinds of kernel.
  for (let row = 0; row < scaled.length; row += channels) {
    for (let c = 0; c < channels; c++) scaled[row + c] = kernel.data[row + c]! * scale[c]!;
  }
  const shifted = beta.map((value, c) => value + ((bias?.[c] ?? 0) - mean[c]!) * scale[c]!);
  weights.set(kernelName, { ...kernel, data: scaled });
  weights.set(`${convolution.name}/bias`, { shape: [channels], role: 'plain', data: shifted });
  for (const name of ['gamma', 'beta', 'moving_mean', 'moving_variance']) weights.delete(`${norm.name}/${name}`);
}
