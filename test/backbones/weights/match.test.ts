// Fitting the layers of a file to a backbone.
import { describe, expect, it } from 'vitest';
import type { Backbone } from '../../../src/backbones/backbone.js';
import { batchNorm, block, conv, depthwiseConv } from '../../../src/backbones/layers.js';
import { sizeOf } from '../../../src/graph/host-tensor.js';
import { matchWeights } from '../../../src/backbones/weights/match.js';
import type { StoredLayer } from '../../../src/backbones/weights/stored-layer.js';

const backbone: Backbone = {
  name: 'tiny',
  inputSize: 8,
  minimumSize: 1,
  preprocessing: 'tf',
  initialiser: 'he',
  blocks: [
    block('one', [
      conv('first', 4, 3),
      batchNorm('norm', { scale: false }),
      depthwiseConv('second', 3),
      conv('third', 4, 1),
    ]),
  ],
};

let next = 0;
function layer(name: string, weights: Record<string, number[]>, value?: number): StoredLayer {
  const entries = Object.entries(weights);
  return {
    name,
    weights: entries.map(([weight, shape]) => ({
      name: weight,
      shape,
      data: new Float32Array(sizeOf(shape)).fill(value ?? ++next),
    })),
  };
}
const file = (): StoredLayer[] => [
  layer('first', { kernel: [3, 3, 3, 4], bias: [4] }),
  layer('norm', { beta: [4], moving_mean: [4], moving_variance: [4] }),
  layer('second', { depthwise_kernel: [3, 3, 4, 1] }),
  layer('third', { kernel: [1, 1, 4, 4], bias: [4] }),
];
const match = (layers: StoredLayer[]) => matchWeights(backbone, layers, 'x.h5');
const firsts = (layers: StoredLayer[]): number[] => [...match(layers).values()].map((tensor) => tensor.data[0]!);
const stored = (layers: StoredLayer[]): number[] =>
  layers.flatMap((entry) => entry.weights.map((weight) => weight.data[0]!));

describe('matchWeights', () => {
  it('takes layers by name, whatever their order', () => {
    const layers = file();
    expect(firsts(layers.toReversed())).toEqual(stored(layers));
  });

  it('gives shapes and roles of the backbone', () => {
    const { shape, role } = match(file()).get('second/kernel')!;
    expect([shape, role]).toEqual([[3, 3, 4, 1], 'depthwiseKernel']);
  });

  it('takes layers in order where the names are others', () => {
    const layers = file();
    expect(firsts(layers.map((entry, i) => ({ ...entry, name: `conv2d_${i + 1}` })))).toEqual(stored(layers));
  });

  it('takes layers in order where names are shifted, so that a name means another layer', () => {
    const names = ['zeroth', 'first', 'norm', 'second'];
    const layers = file();
    expect(firsts(layers.map((entry, i) => ({ ...entry, name: names[i]! })))).toEqual(stored(layers));
  });

  it('takes weights in order where their names are others', () => {
    const layers = file();
    layers[0] = layer('first', { uniform1: [3, 3, 3, 4], first_b: [4] });
    expect(firsts(layers)).toEqual(stored(layers));
  });

  it('takes weights by name in another order', () => {
    const layers = file();
    const [beta, mean, variance] = layers[1]!.weights;
    layers[1] = { name: 'norm', weights: [variance!, beta!, mean!] };
    const tensors = match(layers);
    expect(['beta', 'moving_mean', 'moving_variance'].map((name) => tensors.get(`norm/${name}`)!.data)).toEqual([
      beta!.data,
      mean!.data,
      variance!.data,
    ]);
  });

  it('passes over the top of a classifier and layers without weights', () => {
    const layers = file();
    const more = [...layers, layer('relu', {}), layer('predictions', { kernel: [4, 1000], bias: [1000] })];
    expect(firsts(more)).toEqual(stored(layers));
  });

  it('passes over the preprocessing layer of an exported model', () => {
    const layers = file();
    expect(firsts([layer('preprocessing', { kernel: [1, 1, 3, 3], bias: [3] }), ...layers])).toEqual(stored(layers));
  });

  it('passes over a gamma of ones where the backbone has none', () => {
    const layers = file();
    const [norm, gamma] = [layers[1]!, layer('norm', { gamma: [4] }, 1)];
    const more = layers.with(1, { ...norm, weights: [...gamma.weights, ...norm.weights] });
    expect(firsts(more)).toEqual(stored(layers));
  });

  it('refuses a gamma of anything else there', () => {
    const layers = file();
    const gamma = layer('norm', { gamma: [4] }, 2);
    expect(() => match(layers.with(1, { ...gamma, weights: [...gamma.weights, ...layers[1]!.weights] }))).toThrow(
      /layer norm/,
    );
  });

  it('names the first layer whose shape is another, with both shapes', () => {
    const layers = file();
    layers[2] = layer('second', { depthwise_kernel: [5, 5, 4, 1] });
    layers[3] = layer('third', { kernel: [1, 1, 9, 9], bias: [9] });
    expect(() => match(layers)).toThrow(
      'expected layer second with kernel [3, 3, 4, 1], got second with depthwise_kernel [5, 5, 4, 1] at x.h5, which does not fit tiny',
    );
  });

  it('names the first layer that is not there', () => {
    expect(() => match(file().toSpliced(2, 1))).toThrow(
      /expected layer second with kernel \[3, 3, 4, 1\], got no such layer at x\.h5/,
    );
  });

  it('tells where a file of other names ends too early', () => {
    const layers = file().map((entry, i) => ({ ...entry, name: `l${i}` }));
    expect(() => match(layers.slice(0, 2))).toThrow(/expected layer second .*, got only 2 layers with weights/);
  });

  it('refuses a larger network of the same family', () => {
    const layers = [...file(), layer('fourth', { kernel: [1, 1, 4, 4], bias: [4] })];
    expect(() => match(layers)).toThrow(/expected no further convolution, got fourth with kernel \[1, 1, 4, 4\]/);
  });

  it('refuses numbers that are not finite, and names them', () => {
    const layers = file();
    layers[3]!.weights[1]!.data[2] = NaN;
    expect(() => match(layers)).toThrow(/finite numbers, got NaN in third\/bias at x\.h5/);
  });

  it('refuses a file of nothing', () => {
    expect(() => match([])).toThrow(/expected layer first .*, got only 0 layers/);
  });

  it.each([
    [[0.485, 0.456, 0.406], true],
    [[0, 0, 0], false],
  ])('knows the built-in normalisation by its mean %j', (mean, known) => {
    const normalisation = {
      name: 'normalization',
      weights: [{ name: 'mean', shape: [3], data: Float32Array.from(mean) }],
    };
    const attempt = () => matchWeights({ ...backbone, preprocessing: 'torch' }, [normalisation, ...file()], 'x.h5');
    if (known) expect(attempt().size).toBe(8);
    else
      expect(attempt).toThrow(/expected the mean \[0\.485, 0\.456, 0\.406\] in layer normalization, got \[0, 0, 0\]/);
  });
});
