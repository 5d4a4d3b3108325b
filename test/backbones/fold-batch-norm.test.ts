// Folding: what is folded, what stays, and that the function is the same.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import type { Backbone, Block } from '../../src/backbones/backbone.js';
import { foldBatchNorm } from '../../src/backbones/fold-batch-norm.js';
import { buildForward } from '../../src/backbones/forward.js';
import { activation, batchNorm, block, conv, depthwiseConv, merge } from '../../src/backbones/layers.js';
import { parameterSpecs } from '../../src/backbones/parameters.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { sizeOf, type HostTensor } from '../../src/graph/host-tensor.js';
import { runGraph } from './run-graph.js';

function network(...blocks: readonly Block[]): Backbone {
  return { name: 'test', inputSize: 8, minimumSize: 1, preprocessing: 'none', initialiser: 'he', blocks };
}

function randomWeights(backbone: Backbone): Map<string, HostTensor> {
  const random = RandomStream.of('fold');
  return new Map(
    parameterSpecs(backbone).map(({ name, weight, shape, role }) => {
      const draw = (): number => (weight === 'moving_variance' ? random.uniform(0.5, 2) : random.normal());
      return [name, { shape, role, data: new Float32Array(sizeOf(shape)).map(draw) }];
    }),
  );
}

async function forward(backbone: Backbone, weights: ReadonlyMap<string, HostTensor>): Promise<Float32Array> {
  const g = new GraphBuilder();
  const parameters = (name: string): ReturnType<typeof g.parameter> =>
    g.parameter(name, weights.get(name)!.shape, weights.get(name)!.role);
  const input = g.input('x', [2, 8, 8, 3], { role: 'image' });
  g.output(
    'y',
    buildForward(g, backbone, { from: 0, to: backbone.blocks.length, input, parameters, mode: 'inference' }),
  );
  const random = RandomStream.of('image');
  const x = new Float32Array(2 * 8 * 8 * 3).map(() => random.normal());
  return (await runGraph(g, { x }, weights)).outputs['y']!;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

const everything = network(
  block('one', [
    conv('a', 4, 3, { bias: true, stride: 2 }),
    batchNorm('a_bn'),
    activation('a_relu', 'relu'),
    depthwiseConv('b', 3),
    batchNorm('b_bn', { scale: false }),
    merge('add', 'sum', ['a_relu', 'b_bn']),
  ]),
  block('two', [conv('c', 5, 1, { bias: false }), batchNorm('c_bn')]),
);

describe('foldBatchNorm', () => {
  it('computes the same', async () => {
    const weights = randomWeights(everything);
    const folded = foldBatchNorm(everything, weights);
    expect(
      largestDifference(await forward(folded.backbone, folded.weights), await forward(everything, weights)),
    ).toBeLessThan(1e-4);
  });

  it('leaves no BatchNorm, and just the parameters that the new description asks for', () => {
    const { backbone, weights } = foldBatchNorm(everything, randomWeights(everything));
    expect(backbone.blocks.flatMap((entry) => entry.layers.map((layer) => layer.name))).toEqual([
      'a',
      'a_relu',
      'b',
      'sum',
      'c',
    ]);
    expect([...weights.keys()].sort()).toEqual(
      parameterSpecs(backbone)
        .map((spec) => spec.name)
        .sort(),
    );
  });

  it('does not touch what it was given', () => {
    const weights = randomWeights(everything);
    const copy = structuredClone(weights);
    foldBatchNorm(everything, weights);
    expect(weights).toEqual(copy);
  });

  it.each(['mobilenet', 'mobilenetv2', 'efficientnetb0', 'resnet50', 'inceptionv3'])(
    'folds every BatchNorm of %s',
    (name) => {
      const backbone = getBackbone(name);
      const ones = parameterSpecs(backbone).map(({ shape, role, ...spec }): [string, HostTensor] => {
        return [spec.name, { shape, role, data: new Float32Array(sizeOf(shape)).fill(1) }];
      });
      const folded = foldBatchNorm(backbone, new Map(ones)).backbone;
      expect(folded.blocks.flatMap((entry) => entry.layers).filter((layer) => layer.op === 'batchNorm')).toEqual([]);
    },
  );

  it('keeps a BatchNorm whose convolution has another reader', async () => {
    const shared = network(block('one', [conv('a', 3, 1), batchNorm('a_bn'), merge('add', 'sum', ['a', 'a_bn'])]));
    const weights = randomWeights(shared);
    const folded = foldBatchNorm(shared, weights);
    expect(folded.backbone.blocks[0]!.layers).toHaveLength(3);
    expect(await forward(folded.backbone, folded.weights)).toEqual(await forward(shared, weights));
  });

  it('keeps a BatchNorm after an activation', () => {
    const late = network(block('one', [conv('a', 3, 1, { activation: 'relu' }), batchNorm('a_bn')]));
    expect(foldBatchNorm(late, randomWeights(late)).backbone.blocks[0]!.layers).toHaveLength(2);
  });

  it('names a weight that is missing', () => {
    const weights = randomWeights(everything);
    weights.delete('b_bn/beta');
    expect(() => foldBatchNorm(everything, weights)).toThrow(/expected weights for b_bn\/beta, got none/);
  });
});
