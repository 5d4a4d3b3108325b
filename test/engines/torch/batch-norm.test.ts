// BatchNorm in training, which PyTorch has as one operation: steps and moving averages are those of onnxruntime.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { openTorchEngine } from '../../../src/engines/torch/engine.js';
import { lowerToTorch } from '../../../src/graph/torch/lower.js';
import type { HostTensor } from '../../../src/graph/host-tensor.js';
import { type Step, tailStep } from '../../../bench/support/tail-step.js';
import { expectClose } from '../close.js';
import { pythonWith } from '../../report/support/python.js';

const STEPS = 3;

/** Two blocks of MobileNetV2 with all kinds of layers that it has. */
const step = (): Step => tailStep('mobilenetv2', 2, 64, 4);

it('is found wherever a step has it, and nowhere in an evaluation', () => {
  const { source } = lowerToTorch(step().graph);
  expect(source.match(/ batch_norm\(/g)).toHaveLength(4);
  // Nothing of what it is composed of is left.
  expect(source).not.toMatch(/\.mean\(\(0, 1, 2,\)/);
});

describe.skipIf(pythonWith('torch') === undefined)('where a Python has PyTorch (HPO_PYTHON, or python3)', () => {
  let engines: readonly Engine[];
  beforeAll(async () => {
    engines = [await openEngine('onnx'), await openTorchEngine({ device: 'cpu' })];
  }, 60_000);
  afterAll(async () => {
    for (const engine of engines) await engine.dispose();
  });

  it('trains as onnxruntime does', { timeout: 120_000 }, async () => {
    const [expected, actual] = await Promise.all(engines.map(train));
    expectClose(actual?.losses, expected?.losses ?? new Float32Array(), 1e-4, 'losses');
    const names = [...(expected?.entries.keys() ?? [])];
    expect(names.some((name) => name.endsWith('moving_variance'))).toBe(true);
    // Biases before a BatchNorm have no gradient but rounding, of which Adam makes steps of full length.
    for (const name of names.filter((one) => !one.includes(':') && !one.endsWith('beta'))) {
      const numbers = expected?.entries.get(name)?.data ?? new Float32Array();
      expectClose(actual?.entries.get(name)?.data, numbers, 2e-3, name);
    }
  });
});

async function train(engine: Engine): Promise<{ losses: Float32Array; entries: Map<string, HostTensor> }> {
  const { graph, state, feeds } = step();
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) losses.push((await program.run(device, feeds))['loss']?.[0] ?? NaN);
  const entries = await device.read();
  await program.dispose();
  device.dispose();
  return { losses: Float32Array.from(losses), entries };
}
