// Where a network looked: exact above the last block, Grad-CAM below, and laid over a picture without a change elsewhere.
import { describe, expect, it } from 'vitest';
import { overlaid } from '../../src/app/explain/overlay.js';
import { openClassifier } from '../../src/app/model/open-classifier.js';
import { backboneWeights } from '../../src/backbones/backbone-weights.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { outputShape } from '../../src/backbones/shapes.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { RandomStream } from '../../src/math/random.js';
import { activationGraph } from '../../src/trainer/model/class-activation.js';
import type { TrainedModel } from '../../src/trainer/model/trained-model.js';

const CLASSES = ['a', 'b', 'c', 'd'];
const SIDE = 64;
const BIAS = Float32Array.of(0.5, -1, 0.25, 2);

async function trained(): Promise<TrainedModel> {
  const backbone = getBackbone('quicknet');
  const weights = await backboneWeights(backbone, undefined, 0);
  const random = RandomStream.of('maps');
  const [, , channels] = outputShape(backbone, SIDE);
  const data = Float32Array.from({ length: channels * CLASSES.length }, () => random.normal() / 8);
  weights.set('head/kernel', { shape: [channels, CLASSES.length], role: 'plain', data });
  weights.set('head/bias', { shape: [CLASSES.length], role: 'plain', data: BIAS });
  return { backbone, weights, inputSize: SIDE, classes: CLASSES, resize: 'crop' };
}

const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => 128 + 120 * Math.sin(i / 37) * Math.cos(i / 900));

describe('a class activation map', () => {
  it('above the last block has the score of its class, but for the bias, as its mean', async () => {
    const model = await trained();
    const classifier = await openClassifier(model, 'onnx');
    const probabilities = await classifier.probabilities(pixels);
    const scores: number[] = [];
    for (const [k] of CLASSES.entries()) {
      const { rows, columns, values } = await classifier.activationMap(pixels, k);
      expect([rows, columns]).toEqual(outputShape(model.backbone, SIDE).slice(0, 2));
      expect(values.length).toBe(rows * columns);
      scores.push(values.reduce((sum, value) => sum + value, 0) / values.length + BIAS[k]!);
    }
    await classifier.close();
    const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, k) => expect(Math.abs(power / sum - probabilities[k]!)).toBeLessThan(1e-5));
  });

  it('by Grad-CAM at a lower block weighs channels by the mean change of the score', { timeout: 60_000 }, async () => {
    const model = await trained();
    const blocks = model.backbone.blocks.length;
    const [exact, below] = [activationGraph(model, blocks), activationGraph(model, blocks - 2)];
    const engine = await openEngine('cpu');
    const reference = await openEngine('onnx');
    const run = async (graph: typeof exact, on: typeof engine): Promise<Float32Array> => {
      const program = await on.compile(graph);
      const { map = new Float32Array() } = await program.run(on.createState(new Map()), {
        pixels,
        class: Float32Array.of(0, 0, 1, 0),
      });
      return map;
    };
    const [one, other] = [await run(below, engine), await run(below, reference)];
    expect(one.length).toBeGreaterThan((await run(exact, reference)).length);
    one.forEach((value, i) => expect(Math.abs(value - other[i]!)).toBeLessThan(1e-4));
    expect(new Set(one).size).toBeGreaterThan(10);
    await engine.dispose();
    await reference.dispose();
  });

  it('of a block that is not there names those that are', async () => {
    const classifier = await openClassifier(await trained(), 'onnx');
    await expect(classifier.activationMap(pixels, 0, 'nope')).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/expected a block of quicknet \(.*stem.*\), got 'nope'/),
    });
    await classifier.close();
  });
});

describe('a map over a picture', () => {
  const grey = { rgba: new Uint8Array(8 * 8 * 4).fill(101), width: 8, height: 8 };

  it('reddens where it is largest and leaves the rest, what is below zero included', () => {
    const picture = overlaid(grey, { values: [0, 0, -5, 3], rows: 2, columns: 2 });
    expect([...picture.subarray(0, 4)]).toEqual([101, 101, 101, 101]);
    expect([...picture.subarray(4 * 56, 4 * 56 + 4)]).toEqual([101, 101, 101, 101]);
    const [red = 0, green = 0, blue = 0] = picture.subarray(4 * 63);
    expect([red, green, blue]).toEqual([209, 30, 30]);
  });

  it('without anything that speaks for the class is the picture', () => {
    expect([...overlaid(grey, { values: [-1, 0, -2, 0], rows: 2, columns: 2 })]).toEqual([...grey.rgba]);
  });
});
