// Model files of PyTorch: features, loss and the gradient of every weight, as PyTorch computes them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/engines/open-engine.js';
import type { Engine } from '../../src/engines/engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { gradients } from '../../src/graph/gradients.js';
import { type HostTensor, sizeOf } from '../../src/graph/host-tensor.js';
import { transposed } from '../../src/graph/onnx/layout.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { softmaxCrossEntropy } from '../../src/graph/operations/softmax.js';
import { FileNetwork } from '../../src/onnx/network.js';
import { readOnnxModel } from '../../src/onnx/read-model.js';
import { must } from '../../src/system/must.js';
import { GOLDEN_FILES, type Figures, goldenFile, uniform } from './golden.js';

describe.skipIf(GOLDEN_FILES.length === 0)('networks of timm (needs ../shared/onnx)', { timeout: 300_000 }, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('onnx');
  });
  afterAll(() => engine.dispose());

  it.each(GOLDEN_FILES)(
    '%s: features to 1e-4, loss to 1e-5, every gradient to 1e-3, as PyTorch has them',
    async (name) => {
      const { model, figures } = goldenFile(name);
      const network = new FileNetwork(readOnnxModel(model));
      expect([...network.trace(figures.side).obstacles.values()]).toEqual([]);
      const weights = network.weights(figures.side);
      const names = Object.keys(figures.gradients);
      expect(names.filter((one) => !weights.has(one))).toEqual([]);
      const found = await run(engine, network, figures, weights);

      const features = must(found['features'], 'features');
      const worst = figures.featuresAll.flat().map((value, i) => Math.abs(value - must(features[i], 'a feature')));
      expect(Math.max(...worst)).toBeLessThanOrEqual(1e-4 * figures.features.std);
      expect(Math.abs(must(found['loss']?.[0], 'a loss') - figures.loss)).toBeLessThanOrEqual(1e-5);
      const wrong = names.filter((one) => {
        const slope = inFileOrder(must(found[`gradient ${one}`], 'a gradient'), must(weights.get(one), 'a weight'));
        return differs(slope, must(figures.gradients[one], 'figures'));
      });
      expect(wrong).toEqual([]);
    },
  );
});

async function run(
  engine: Engine,
  network: FileNetwork,
  { side, images, features }: Figures,
  weights: ReadonlyMap<string, HostTensor>,
): Promise<Record<string, Float32Array>> {
  const g = new GraphBuilder();
  const shape = network.imageShape(side, images);
  const { input } = network.model;
  const made = network.build(g, {
    from: input.name,
    to: network.place.features,
    side,
    input: g.input('image', shape),
  });
  const channels = must(features.shape[1], 'channels');
  const head = uniform('head/kernel', channels * 3, (u) => (2 * u - 1) * Math.sqrt(6 / channels));
  const labels = Float32Array.from({ length: images * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0));
  const scores = matMul(g, made, g.constant(head, [channels, 3]));
  const share = new Float32Array(images).fill(1 / images);
  const loss = softmaxCrossEntropy(g, scores, g.constant(labels, [images, 3]), g.constant(share, [images]));
  g.output('features', made);
  g.output('loss', loss);
  const entries = [...weights];
  const parameters = entries.map(([name, tensor]) => g.parameter(name, tensor.shape, tensor.role));
  gradients(g, loss, parameters).forEach((slope, i) => {
    g.output(`gradient ${must(entries[i], 'a weight')[0]}`, slope);
  });
  const program = await engine.compile(g.build());
  const state = engine.createState(weights);
  try {
    return await program.run(state, { image: uniform('input', sizeOf(shape), (u) => 2 * u - 1) });
  } finally {
    await program.dispose();
    state.dispose();
  }
}

/** Kernels [h, w, in, out] as the file has them. */
function inFileOrder(data: Float32Array, { shape, role }: HostTensor): Float32Array {
  if (role === 'plain') return data;
  return transposed(data, shape, role === 'kernel' ? [3, 2, 0, 1] : [2, 3, 0, 1]);
}

function differs(slope: Float32Array, expected: Figures['gradients'][string]): boolean {
  const mean = slope.reduce((sum, one) => sum + one, 0) / slope.length;
  const std = Math.sqrt(slope.reduce((sum, one) => sum + (one - mean) ** 2, 0) / slope.length);
  const allowed = 1e-3 * Math.max(expected.std, Math.abs(expected.mean));
  const pairs = [[mean, expected.mean], [std, expected.std], ...expected.first.map((one, i) => [one, slope[i] ?? NaN])];
  return pairs.some(([a = NaN, b = NaN]) => !(Math.abs(a - b) <= allowed));
}
