// Runs a whole backbone on an engine and compares every golden layer.
import { expect } from 'vitest';
import type { Backbone } from '../../src/backbones/backbone.js';
import { foldBatchNorm } from '../../src/backbones/fold-batch-norm.js';
import { buildBlock } from '../../src/backbones/forward.js';
import { getBackbone } from '../../src/backbones/registry.js';
import type { EngineName } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { HostTensor } from '../../src/graph/host-tensor.js';
import { globalAveragePool } from '../../src/graph/operations/pool.js';
import { loadBackboneWeights } from '../../src/backbones/weights/load.js';
import { goldenInput, goldenWeights, readGolden, SQUEEZENET_WEIGHTS, type Golden, type GoldenName } from './golden.js';

/** Expects every listed layer of the architecture, with and without folded BatchNorm, to be Keras's. */
export async function expectGolden(name: GoldenName, engine: EngineName): Promise<void> {
  const golden = readGolden(name);
  const backbone = getBackbone(name);
  const weights =
    name === 'squeezenet1.1'
      ? await loadBackboneWeights(backbone, SQUEEZENET_WEIGHTS)
      : goldenWeights(backbone, golden.gammaLow);
  const input = goldenInput(name, golden.inputSize);
  compare(golden, await outputs(engine, backbone, weights, golden, input));
  const folded = foldBatchNorm(backbone, weights);
  if (folded.weights.size < weights.size)
    compare(golden, await outputs(engine, folded.backbone, folded.weights, golden, input));
}

async function outputs(
  engineName: EngineName,
  backbone: Backbone,
  weights: ReadonlyMap<string, HostTensor>,
  { inputSize, outputs: wanted }: Golden,
  input: Float32Array,
): Promise<Record<string, Float32Array>> {
  const g = new GraphBuilder();
  let value = g.input('image', [1, inputSize, inputSize, 3], { role: 'image' });
  const parameters = (name: string): ReturnType<typeof g.parameter> => {
    const { shape, role } = weights.get(name)!;
    return g.parameter(name, shape, role);
  };
  for (const block of backbone.blocks) {
    const values = buildBlock(g, block, value, { parameters, mode: 'inference' });
    for (const { layer, shape } of wanted) {
      const output = values.get(layer) ?? values.get(convolutionBefore(layer));
      if (!output || g.nodeOf(output) === undefined) continue;
      expect(output.shape).toEqual([1, ...shape]);
      g.output(layer, output);
    }
    value = values.get(block.layers.at(-1)!.name)!;
  }
  g.output('pooled', globalAveragePool(g, value));
  const engine = await openEngine(engineName);
  try {
    const program = await engine.compile(g.build());
    return await program.run(engine.createState(weights), { image: input });
  } finally {
    await engine.dispose();
  }
}

/** The convolution into which a BatchNorm of this name disappears. */
function convolutionBefore(norm: string): string {
  return norm.replace(/(project)_bn$/i, (_, project: string) => (norm.endsWith('_BN') ? project : `${project}_conv`));
}

function compare(golden: Golden, actual: Readonly<Record<string, Float32Array>>): void {
  for (const { layer, mean, std, first } of golden.outputs) {
    const data = actual[layer];
    if (!data) throw new Error(`no output of ${layer}`);
    const ownMean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const ownStd = Math.sqrt(data.reduce((sum, value) => sum + (value - ownMean) ** 2, 0) / data.length);
    expectNear(layer, [ownMean, ownStd, ...data.subarray(0, first.length)], [mean, std, ...first], std);
  }
  const { std } = golden.outputs.at(-1)!;
  expectNear('pooled', [...actual['pooled']!.subarray(0, golden.pooled.length)], golden.pooled, std);
}

function expectNear(place: string, actual: readonly number[], expected: readonly number[], std: number): void {
  const error = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!))) / std;
  expect(error, `${place}: largest error in standard deviations`).toBeLessThanOrEqual(1e-3);
}
