// Mixed precision: float32 weights and losses, products in fewer bits; other engines refuse it in words.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Precision } from '../../../src/study/precision.js';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { gradients } from '../../../src/graph/gradients.js';
import { matMul } from '../../../src/graph/operations/mat-mul.js';
import { must } from '../../../src/system/must.js';
import { REVERSAL, domainLoss, initialAdversary } from '../../../src/trainer/finetune/adversary.js';
import { lowerToTorch } from '../../../src/graph/torch/lower.js';
import { openTorchEngine } from '../../../src/engines/torch/engine.js';
import { readSafetensors } from '../../../src/backbones/weights/safetensors.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import { tailStep } from '../../../bench/support/tail-step.js';
import { toyBench, toyPlan } from '../../trainer/finetune/support/toy-bench.js';
import { pythonWith } from '../../report/support/python.js';

const graphOf = (precision: Precision) => tailStep('mobilenetv2', 1, 32, 4, precision).graph;

it.each(['onnx', 'wasm', 'cpu'] as const)('is refused in words by %s', async (name) => {
  const engine = await openEngine(name);
  await expect(engine.compile(graphOf('bfloat16'))).rejects.toMatchObject({
    code: 'ERR_ENGINE',
    message: `expected precision float32 on the engine ${name}, got bfloat16: the engine torch has it (--engine torch)`,
  });
  await engine.dispose();
});

it('is only for what is differentiated: updates are computed in float32', () => {
  const { source } = lowerToTorch(graphOf('bfloat16'));
  expect(source).toContain(
    'with torch.enable_grad(), torch.autocast(device.type, torch.bfloat16, cache_enabled=False):',
  );
  expect(lowerToTorch(graphOf('float32')).source).not.toContain('autocast');
  // Scaled losses are differentiated by autograd too.
  expect(lowerToTorch(graphOf('float16')).source.match(/autograd\.grad/g)).toHaveLength(1);
});

describe.skipIf(pythonWith('torch') === undefined)('where a Python has PyTorch (HPO_PYTHON, or python3)', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTorchEngine({ device: 'cpu' });
  }, 180_000);
  afterAll(() => engine.dispose());

  /** Of the domain classifier, and its slope, where features are the result of a product, as after a block. */
  async function domains(precision: Precision) {
    const [rows, channels] = [8, 4];
    const g = new GraphBuilder(precision);
    const kernel = g.parameter('mix', [channels, channels]);
    const loss = domainLoss(g, matMul(g, g.input('features', [rows, channels]), kernel), precision);
    g.output('loss', loss);
    g.output('slope', must(gradients(g, loss, [kernel])[0], 'a gradient'));
    const program = await engine.compile(g.build());
    const identity = Float32Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0));
    const mix = { shape: [channels, channels], role: 'plain' as const, data: identity };
    const adversary = initialAdversary({ maps: false }, channels, { seed: 1, trial: 0 });
    const outputs = await program.run(engine.createState(new Map([...adversary, ['mix', mix]])), {
      features: Float32Array.from({ length: rows * channels }, (_, i) => 900 * Math.sin(3 * i)),
      [REVERSAL]: Float32Array.of(1),
    });
    await program.dispose();
    return { loss: must(outputs['loss']?.[0], 'a loss'), slope: must(outputs['slope'], 'a slope') };
  }

  it('tells domains apart by features whose squares float16 does not hold', async () => {
    const [exact, half] = [await domains('float32'), await domains('float16')];
    expect(half.loss).toBeCloseTo(exact.loss, 2);
    expect(half.slope.every(Number.isFinite)).toBe(true);
    const largest = Math.max(...exact.slope.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    half.slope.forEach((slope, i) =>
      expect(Math.abs(slope - must(exact.slope[i], 'a slope'))).toBeLessThan(0.1 * largest),
    );
  });

  async function trained(precision: Precision) {
    const directory = await mkdtemp(join(tmpdir(), 'hpo-precision-'));
    try {
      let time = 0;
      const bench = toyBench(engine, () => (time += 3_600_000));
      const losses: number[] = [];
      const plan = toyPlan(directory, { epochs: 4, headEpochs: 1, unfreezeDepth: 2, precision });
      for await (const { metrics } of fineTune(bench, plan)) losses.push(metrics['trainLoss'] ?? NaN);
      await bench.programs.dispose();
      const { tensors } = await readSafetensors(join(directory, 'checkpoint.safetensors'));
      return { losses, tensors };
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  it.each(['bfloat16', 'float16'] as const)(
    'trains in %s about as in float32',
    { timeout: 120_000 },
    async (precision) => {
      const [whole, half] = [await trained('float32'), await trained(precision)];
      expect(half.losses).not.toEqual(whole.losses);
      half.losses.forEach((loss, i) => expect(Math.abs(loss - (whole.losses[i] ?? NaN))).toBeLessThan(0.05));
      expect(half.tensors.has('lossScale')).toBe(precision === 'float16');
      // Master weights have more bits than products: some differ from what eight or eleven bits can hold.
      const kernel = half.tensors.get('conv3/kernel')?.data ?? new Float32Array();
      expect(kernel.some((number) => Math.fround(number) !== rounded(number))).toBe(true);
      // The same numbers from the same inputs.
      expect((await trained(precision)).losses).toEqual(half.losses);
    },
  );
});

/** To eleven bits of mantissa. */
function rounded(number: number): number {
  const scale = 2 ** (10 - Math.floor(Math.log2(Math.abs(number) || 1)));
  return Math.round(number * scale) / scale;
}
