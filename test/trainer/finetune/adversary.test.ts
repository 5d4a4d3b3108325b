// Adversarial adaptation: its schedule, its map of the features, and that features unlearn their domain.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';
import { must } from '../../../src/system/must.js';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { gradients } from '../../../src/graph/gradients.js';
import type { HostTensor } from '../../../src/graph/host-tensor.js';
import { RandomStream } from '../../../src/math/random.js';
import {
  REVERSAL,
  adversaryOf,
  adversaryParameters,
  domainLoss,
  foldedHead,
  initialAdversary,
  mappedFeatures,
  reversalAt,
} from '../../../src/trainer/finetune/adversary.js';
import { batchingKey } from '../../../src/trainer/finetune/batched-trials.js';
import { HEAD_BIAS, HEAD_KERNEL, headScores } from '../../../src/trainer/finetune/tail.js';
import { toyBackbone } from './support/toy-bench.js';

const [CHANNELS, CLASSES, ROWS] = [6, 3, 8];
const random = RandomStream.of('adversary test');
const numbers = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const plain = (...shape: number[]): HostTensor => {
  return { shape, role: 'plain', data: numbers(shape.reduce((a, b) => a * b, 1)) };
};

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

it('the reversed gradient grows from 0 to its weight over the epochs of the trial', () => {
  const configuration = { ...TRAINING_DEFAULTS, adversarial: 0.5, epochs: 10 };
  expect(reversalAt(configuration, 1, 0)).toBe(0);
  expect(reversalAt(configuration, 6, 0)).toBeCloseTo(0.5 * (2 / (1 + Math.exp(-5)) - 1), 12);
  expect(reversalAt(configuration, 10, 1)).toBeCloseTo(0.5 * (2 / (1 + Math.exp(-10)) - 1), 12);
});

it('only a trial that unfreezes nothing has a map of the features', () => {
  expect(adversaryOf({ adversarial: 0, unfreezeDepth: 0 })).toBeUndefined();
  expect(adversaryOf({ adversarial: 1, unfreezeDepth: 0 })).toEqual({ maps: true });
  expect(adversaryOf({ adversarial: 1, unfreezeDepth: 2 })).toEqual({ maps: false });
});

it('the map begins as the identity, and differs between trials in nothing but the domain classifier', () => {
  const [first, second] = [0, 1].map((trial) => initialAdversary({ maps: true }, CHANNELS, { seed: 1, trial }));
  const map = must(first?.get('map/kernel'), 'map').data;
  expect([...map]).toEqual(Array.from({ length: CHANNELS ** 2 }, (_, i) => (i % (CHANNELS + 1) === 0 ? 1 : 0)));
  expect(second?.get('map/kernel')?.data).toEqual(map);
  expect(second?.get('domain/kernel')?.data).not.toEqual(first?.get('domain/kernel')?.data);
});

it('a map that is folded into the head gives the scores of map and head', async () => {
  const trained = new Map([
    ['map/kernel', plain(CHANNELS, CHANNELS)],
    ['map/bias', plain(CHANNELS)],
    [HEAD_KERNEL, plain(CHANNELS, CLASSES)],
    [HEAD_BIAS, plain(CLASSES)],
  ]);
  const features = numbers(ROWS * CHANNELS);
  const scores = async (maps: boolean, weights: Map<string, HostTensor>): Promise<Float32Array> => {
    const g = new GraphBuilder();
    g.output('scores', headScores(g, mappedFeatures(g, { maps }, g.input('features', [ROWS, CHANNELS])), CLASSES));
    const program = await engine.compile(g.build());
    const outputs = await program.run(engine.createState(weights), { features });
    await program.dispose();
    return must(outputs['scores'], 'scores');
  };
  const expected = await scores(true, trained);
  const found = await scores(false, foldedHead(trained));
  found.forEach((score, i) => expect(score).toBeCloseTo(must(expected[i], 'a score'), 4));
});

describe('the gradient of the domain loss', () => {
  const adversary = { maps: true } as const;

  /** Of the map's kernel and of the domain classifier's last one. */
  async function slopes(factor: number): Promise<readonly Float32Array[]> {
    const g = new GraphBuilder();
    const mapped = mappedFeatures(g, adversary, g.input('features', [ROWS, CHANNELS]));
    const loss = domainLoss(g, mapped);
    const wanted = ['map/kernel', 'domain/kernel'].map((name) => {
      const { shape, role } = must(
        adversaryParameters(adversary, CHANNELS).find((one) => one.name === name),
        name,
      );
      return g.parameter(name, shape, role);
    });
    gradients(g, loss, wanted).forEach((slope, i) => g.output(`slope ${i}`, slope));
    const program = await engine.compile(g.build());
    const state = engine.createState(initialAdversary(adversary, CHANNELS, { seed: 1, trial: 0 }));
    const features = Float32Array.from({ length: ROWS * CHANNELS }, (_, i) => Math.sin(3 * i));
    const outputs = await program.run(state, { features, [REVERSAL]: new Float32Array([factor]) });
    await program.dispose();
    return [0, 1].map((i) => must(outputs[`slope ${i}`], 'a gradient'));
  }

  it('is reversed and scaled before the domain classifier, and not within', async () => {
    const [once, twice] = [await slopes(1), await slopes(-2)];
    expect(Math.max(...must(once[0], 'a gradient').map(Math.abs))).toBeGreaterThan(1e-3);
    once[0]?.forEach((slope, i) => expect(must(twice[0]?.[i], 'a gradient')).toBeCloseTo(-2 * slope, 5));
    expect(twice[1]).toEqual(once[1]);
  });
});

it('trials with an adversary are not batched', () => {
  const tail = { backbone: toyBackbone, inputSize: 16, classes: CLASSES };
  expect(batchingKey({ ...TRAINING_DEFAULTS, adversarial: 0.1 }, tail)).toBeUndefined();
  expect(batchingKey(TRAINING_DEFAULTS, tail)).toBeDefined();
});
