// Weights under PyTorch's names: what does not fit is refused by name, what differs is carried over.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import type { Backbone } from '../../../src/backbones/backbone.js';
import { parameterSpecs } from '../../../src/backbones/parameters.js';
import { BACKBONES, getBackbone } from '../../../src/backbones/registry.js';
import { loadBackboneWeights } from '../../../src/backbones/weights/load.js';
import { type TorchTensor, isTorch, toKeras, torchLayers } from '../../../src/backbones/weights/torch/torch-layers.js';
import { torchNamesOf } from '../../../src/backbones/weights/torch/torch-names.js';
import { sizeOf } from '../../../src/graph/host-tensor.js';

const SUFFIX: Readonly<Record<string, string>> = {
  ...{ kernel: 'weight', gamma: 'weight', bias: 'bias', beta: 'bias' },
  ...{ moving_mean: 'running_mean', moving_variance: 'running_var' },
};

/** A state dict of the backbone, as torchvision names it. */
function stateDict(backbone: Backbone, library = 'torchvision'): Map<string, TorchTensor> {
  const random = RandomStream.of('torch', backbone.name);
  const modules = torchNamesOf(backbone).find((names) => names.library === library)!.modules;
  return new Map(
    parameterSpecs(backbone).map(({ layer, weight, shape: [h = 0, w = 0, i = 0, o = 0], shape: own, role }) => {
      const shape = weight !== 'kernel' ? own : role === 'depthwiseKernel' ? [i, 1, h, w] : [o, i, h, w];
      const data = new Float32Array(sizeOf(shape)).map(() => random.uniform(0.1, 1));
      return [`${modules.get(layer)}.${SUFFIX[weight]}`, { shape, data }];
    }),
  );
}

const mobile = getBackbone('mobilenetv3small');

describe('torchLayers', () => {
  it('passes over the classifier, and over counters', () => {
    const tensors = stateDict(mobile)
      .set('classifier.0.weight', { shape: [10, 576], data: new Float32Array(5760) })
      .set('conv_head.weight', { shape: [1024, 576, 1, 1], data: new Float32Array(1024 * 576) });
    const layers = torchLayers(mobile, tensors, 'w.safetensors');
    expect(layers.map(({ name }) => name)).toContain('top_conv');
    expect(layers.length).toBe(new Set(parameterSpecs(mobile).map(({ layer }) => layer)).size);
  });

  it('names the module that is missing', () => {
    const tensors = stateDict(mobile);
    for (const name of [...tensors.keys()]) if (name.startsWith('features.4.block.1.0.')) tensors.delete(name);
    expect(() => torchLayers(mobile, tensors, 'w.safetensors')).toThrow(
      'expected the module features.4.block.1.0 of torchvision, got none at w.safetensors',
    );
  });

  it('names a convolution that the network does not have', () => {
    const tensors = stateDict(mobile).set('features.13.0.weight', { shape: [1, 1, 1, 1], data: new Float32Array(1) });
    expect(() => torchLayers(mobile, tensors, 'w.safetensors')).toThrow(
      'expected no further convolution, got features.13.0.weight [1, 1, 1, 1] at w.safetensors',
    );
  });

  it.each([
    ['resnet50', 'resnet50-torch'],
    ['resnet50', 'resnet34'],
    ['vgg16', 'vgg16-torch'],
    ['mobilenetv2', 'mobilenetv2-torch'],
    ['mobilenetv3small', 'efficientnetb0-torch'],
  ])('refuses for %s the weights of %s, and names it', (wanted, fitting) => {
    expect(() => torchLayers(getBackbone(wanted), stateDict(getBackbone(fitting)), 'w', BACKBONES)).toThrow(
      new RegExp(
        `^expected weights of ${wanted}, got PyTorch's names that do not fit ${wanted} .* at w: they fit backbone ${fitting}$`,
      ),
    );
  });

  it('carries over an epsilon of another size in gamma', () => {
    const tensors = stateDict(mobile, 'timm');
    const [gamma, variance] = [tensors.get('bn1.weight')!.data[0]!, tensors.get('bn1.running_var')!.data[0]!];
    const stem = torchLayers(mobile, tensors, 'w').find(({ name }) => name === 'stem_bn');
    const carried = stem!.weights.find(({ name }) => name === 'gamma')!.data[0]!;
    expect(carried / Math.sqrt(variance + 1e-3)).toBeCloseTo(gamma / Math.sqrt(variance + 1e-5), 5);
  });
});

describe('toKeras', () => {
  it('turns [out, in, height, width] into [height, width, in, out]', () => {
    const data = Float32Array.from({ length: 2 * 3 * 1 * 2 }, (_, i) => i);
    const { shape, data: turned } = toKeras({ shape: [2, 3, 1, 2], data }, false);
    expect(shape).toEqual([1, 2, 3, 2]);
    // Of the pixel on the right, input channel 1, output channel 0: 0·6 + 1·2 + 1.
    expect(turned[(1 * 3 + 1) * 2 + 0]).toBe(3);
  });
});

describe('isTorch', () => {
  it.each([
    [['features.0.0.weight'], true],
    [['bn1.running_mean'], true],
    [['conv1/kernel', 'conv1/bias'], false],
    [['stem.a/weight'], false],
    [[], false],
  ])('of %j: %s', (names, expected) => {
    expect(isTorch(names)).toBe(expected);
  });
});

it.each(['resnet18.pth', 'model.pt', 'pytorch_model.bin'])(
  '%s is not loaded: the message says how to convert it',
  async (name) => {
    await expect(loadBackboneWeights(getBackbone('resnet18'), name)).rejects.toThrow(
      /got the pickle .*: a pickle is a program, and none is run\. In Python, safetensors\.torch\.save_file/,
    );
  },
);
