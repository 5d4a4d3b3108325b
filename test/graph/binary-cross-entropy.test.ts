// The loss of independent labels: finite and right at the ends, and PyTorch's.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { openEngine } from '../../src/engines/open-engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { gradients } from '../../src/graph/gradients.js';
import { binaryCrossEntropy } from '../../src/graph/operations/binary-cross-entropy.js';
import { must } from '../../src/system/must.js';
import { pythonWith } from '../report/support/python.js';

interface Step {
  readonly logits: readonly number[];
  readonly labels: readonly number[];
  readonly weights: readonly number[];
}

/** Loss and gradient of two rows, by onnxruntime. */
async function lossOf({ logits, labels, weights }: Step): Promise<{ loss: number; gradient: number[] }> {
  const engine = await openEngine('onnx');
  try {
    const g = new GraphBuilder();
    const shape = [2, logits.length / 2];
    const x = g.input('logits', shape);
    const loss = binaryCrossEntropy(g, x, g.input('labels', shape), g.input('weights', shape));
    g.output('loss', loss);
    g.output('gradient', must(gradients(g, loss, [x])[0], 'a gradient'));
    const program = await engine.compile(g.build());
    const feeds = { logits, labels, weights };
    const floats = Object.fromEntries(Object.entries(feeds).map(([name, all]) => [name, Float32Array.from(all)]));
    const outputs = await program.run(engine.createState(new Map()), floats);
    return { loss: outputs['loss']?.[0] ?? NaN, gradient: [...(outputs['gradient'] ?? [])] };
  } finally {
    await engine.dispose();
  }
}

it('is finite for sure logits, and its gradient is the error of the probability', async () => {
  const logits = [0, 0, 100, -100, 100, -100];
  const labels = [1, 0, 1, 0, 0, 1];
  const { loss, gradient } = await lossOf({ logits, labels, weights: logits.map(() => 1) });
  expect(loss).toBeCloseTo(2 * Math.LN2 + 200, 4);
  const errors = [-0.5, 0.5, 0, 0, 1, -1];
  gradient.forEach((slope, i) => expect(slope).toBeCloseTo(errors[i] ?? NaN, 6));
});

const python = pythonWith('torch');
it.skipIf(python === undefined)(
  "is PyTorch's BCEWithLogitsLoss with weights, of soft labels",
  { timeout: 120_000 },
  async () => {
    const step = {
      logits: [0.3, -2.5, 7, -11, 0, 1.25],
      labels: [1, 0.25, 0, 0.9, 0.5, 0],
      weights: [1, 0.5, 2, 1, 0.1, 3],
    };
    const { stdout, stderr } = spawnSync(python ?? '', ['-c', PROGRAM], {
      input: JSON.stringify(step),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const expected = JSON.parse(stdout) as { loss: number; gradient: number[] };
    const { loss, gradient } = await lossOf(step);
    expect(loss).toBeCloseTo(expected.loss, 4);
    gradient.forEach((slope, i) => expect(slope).toBeCloseTo(expected.gradient[i] ?? NaN, 5));
  },
);

const PROGRAM = `
import json, sys, torch
given = json.load(sys.stdin)
x = torch.tensor(given['logits'], requires_grad=True)
loss = torch.nn.BCEWithLogitsLoss(weight=torch.tensor(given['weights']), reduction='sum')(x, torch.tensor(given['labels']))
loss.backward()
print(json.dumps({'loss': loss.item(), 'gradient': x.grad.tolist()}))
`;
