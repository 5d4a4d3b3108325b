// The parameters that a description implies: their names, shapes and order.
import { must } from '../system/must.js';
import type { Role } from '../graph/host-tensor.js';
import { BLOCK_INPUT, type Backbone, type Layer } from './backbone.js';

export interface ParameterSpec {
  readonly layer: string;
  /** Keras's name of the weight: kernel, bias, gamma, beta, moving_mean, moving_variance. */
  readonly weight: string;
  /** `layer/weight`: the key in checkpoints and in the device state. */
  readonly name: string;
  /** Kernels [height, width, in, out], depthwise kernels [height, width, channels, 1]. */
  readonly shape: readonly number[];
  readonly role: Role;
  /** Index of the block. */
  readonly block: number;
  /** False for moving averages, which training changes without a gradient. */
  readonly trainable: boolean;
  /** A kernel or a matrix, which is decayed and regularised. */
  readonly isKernel: boolean;
}

/** Every parameter of the backbone, in the order in which Keras stores them. */
export function parameterSpecs(backbone: Backbone): readonly ParameterSpec[] {
  if (backbone.file !== undefined) {
    return backbone.file.weights.map((weight) => ({ ...weight, layer: weight.name, weight: '', trainable: true }));
  }
  const specs: ParameterSpec[] = [];
  let entering = 3;
  for (const [index, block] of backbone.blocks.entries()) {
    const channels = new Map([[BLOCK_INPUT, entering]]);
    for (const layer of block.layers) {
      const inputs = layer.inputs.map((name) => must(channels.get(name), 'an earlier layer as input'));
      channels.set(layer.name, channelsAfter(layer, inputs));
      for (const [weight, shape, role] of weightsOf(layer, inputs[0]!)) {
        const trainable = !weight.startsWith('moving_');
        specs.push({
          layer: layer.name,
          weight,
          name: `${layer.name}/${weight}`,
          shape,
          role,
          block: index,
          trainable,
          isKernel: role !== 'plain',
        });
      }
    }
    const last = must(block.layers.at(-1), 'a layer in the block');
    entering = must(channels.get(last.name), 'the channels of the last layer');
  }
  return specs;
}

/** Channels of a layer's output, given those of its inputs. */
export function channelsAfter(layer: Layer, inputs: readonly number[]): number {
  if (layer.op === 'conv') return layer.filters;
  if (layer.op === 'concat') return inputs.reduce((sum, channels) => sum + channels, 0);
  return inputs[0]!;
}

function weightsOf(
  layer: Layer,
  channels: number,
): readonly (readonly [weight: string, shape: readonly number[], role: Role])[] {
  switch (layer.op) {
    case 'conv': {
      const kernel = ['kernel', [...layer.size, channels, layer.filters], 'kernel'] as const;
      return layer.bias ? [kernel, ['bias', [layer.filters], 'plain']] : [kernel];
    }
    case 'depthwiseConv': {
      const kernel = ['kernel', [...layer.size, channels, 1], 'depthwiseKernel'] as const;
      return layer.bias ? [kernel, ['bias', [channels], 'plain']] : [kernel];
    }
    case 'batchNorm': {
      const names = [...(layer.scale ? ['gamma'] : []), 'beta', 'moving_mean', 'moving_variance'];
      return names.map((name) => [name, [channels], 'plain'] as const);
    }
    default:
      return [];
  }
}
