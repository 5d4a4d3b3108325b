// Networks of torchvision and timm: names, order of dimensions, paddings and epsilons, against what PyTorch computes.
// torch-golden.py beside this file wrote the figures, on weights that are drawn from the names of PyTorch's parameters.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Backbone } from '../../src/backbones/backbone.js';
import { buildForward } from '../../src/backbones/forward.js';
import { parameterSpecs } from '../../src/backbones/parameters.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { loadBackboneWeights } from '../../src/backbones/weights/load.js';
import { matchWeights } from '../../src/backbones/weights/match.js';
import { type TorchTensor, torchLayers } from '../../src/backbones/weights/torch/torch-layers.js';
import { torchNamesOf } from '../../src/backbones/weights/torch/torch-names.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { type HostTensor, sizeOf } from '../../src/graph/host-tensor.js';
import { globalAveragePool } from '../../src/graph/operations/pool.js';
import { uniform } from './golden.js';
import { runGraph } from './run-graph.js';

const golden = z
  .record(
    z.string(),
    z.object({
      inputSize: z.number(),
      gammaLow: z.number(),
      shape: z.array(z.number()),
      pooled: z.array(z.number()),
      pooledStd: z.number(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('torch-golden.json', import.meta.url), 'utf8')));

/** Under PyTorch's names and in its order of dimensions, drawn as torch-golden.py draws them. */
function torchTensors(backbone: Backbone, library: string, gammaLow: number): Map<string, TorchTensor> {
  const names = torchNamesOf(backbone).find((one) => one.library === library);
  const tensors = new Map<string, TorchTensor>();
  const suffix: Readonly<Record<string, string>> = {
    kernel: 'weight',
    gamma: 'weight',
    bias: 'bias',
    beta: 'bias',
    moving_mean: 'running_mean',
    moving_variance: 'running_var',
  };
  for (const { layer, weight, shape: own, role } of parameterSpecs(backbone)) {
    const [height = 0, width = 0, into = 0, out = 0] = own;
    const shape =
      weight !== 'kernel' ? own : role === 'depthwiseKernel' ? [into, 1, height, width] : [out, into, height, width];
    const name = `${names?.modules.get(layer)}.${suffix[weight]}`;
    const u = uniform(name);
    const limit = Math.sqrt(6 / sizeOf(shape.slice(1)));
    const draw = (): number => {
      const value = u();
      if (weight === 'kernel') return (2 * value - 1) * limit;
      if (weight === 'gamma') return gammaLow + 0.8 * value;
      return weight === 'moving_variance' ? 0.5 + value : (2 * value - 1) * 0.1;
    };
    tensors.set(name, { shape, data: new Float32Array(sizeOf(shape)).map(draw) });
  }
  return tensors;
}

async function pooledFeatures(
  backbone: Backbone,
  weights: ReadonlyMap<string, HostTensor>,
  size: number,
): Promise<Float32Array> {
  const g = new GraphBuilder();
  const parameters = (name: string) => g.parameter(name, weights.get(name)!.shape, weights.get(name)!.role);
  const input = g.input('x', [1, size, size, 3], { role: 'image' });
  const to = backbone.blocks.length;
  g.output('y', globalAveragePool(g, buildForward(g, backbone, { from: 0, to, input, parameters, mode: 'inference' })));
  const u = uniform('input');
  const x = new Float32Array(size * size * 3).map(() => 2 * u() - 1);
  return (await runGraph(g, { x }, weights)).outputs['y']!;
}

describe.each(Object.entries(golden))('%s', (key, { inputSize, gammaLow, pooled, pooledStd }) => {
  it('has the features that PyTorch computes', async () => {
    const [name = '', library = ''] = key.split(' ');
    const backbone = getBackbone(name);
    const stored = torchLayers(backbone, torchTensors(backbone, library, gammaLow), 'a file');
    const features = await pooledFeatures(backbone, matchWeights(backbone, stored, 'a file'), inputSize);
    pooled.forEach((value, i) => expect(Math.abs(features[i]! - value)).toBeLessThan(1e-3 * pooledStd));
  });
});

const GGUF = '../shared/weights/mobilenetv3-small.gguf';

/** What torchvision 0.28 computes on the weights of that file: the first pooled features. */
const WITH_GGUF = [-0.2928235, -0.027155977, -0.096190713, -0.19333664, 0.33113781, -0.050869558];

it.skipIf(!existsSync(GGUF))(
  'MobileNetV3-Small computes what torchvision does on its own weights (needs ../shared)',
  async () => {
    const backbone = getBackbone('mobilenetv3small');
    const features = await pooledFeatures(backbone, await loadBackboneWeights(backbone, GGUF), 224);
    WITH_GGUF.forEach((value, i) => expect(features[i]).toBeCloseTo(value, 4));
  },
);
