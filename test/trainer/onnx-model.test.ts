// A trained model as an ONNX file: what onnxruntime makes of it is what predict says, for any number of images, and its metadata say how to use it.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClassifier, openOnnxClassifier } from '../../src/app/model/open-classifier.js';
import { backboneWeights } from '../../src/backbones/backbone-weights.js';
import { frozenBlocks } from '../../src/backbones/frozen-blocks.js';
import { initialise } from '../../src/backbones/initialise.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { outputShape } from '../../src/backbones/shapes.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { HostTensor } from '../../src/graph/host-tensor.js';
import { multiply, subtract } from '../../src/graph/operations/arithmetic.js';
import { gelu } from '../../src/graph/operations/elementwise.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { reshape } from '../../src/graph/operations/reshape.js';
import { softmax } from '../../src/graph/operations/softmax.js';
import { portableModel } from '../../src/graph/onnx/portable-model.js';
import { readMetadata } from '../../src/graph/onnx/model.js';
import { RandomStream } from '../../src/math/random.js';
import { readOnnxModel, toOnnxModel } from '../../src/trainer/model/onnx-model.js';
import type { TrainedModel } from '../../src/trainer/model/trained-model.js';

const CLASSES = ['ant', 'bee "2" <b>', 'ключ'];
const FACTS = { name: 'insects', metrics: { validation: { f1: 0.9, accuracy: 0.91 } } };

const SHARED = join(import.meta.dirname, '../../../shared');

const folder = mkdtempSync(join(tmpdir(), 'hpo-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Random weights, normalisation included, so that images make a difference at the top. */
function randomWeights(name: string): Map<string, HostTensor> {
  const weights = initialise(getBackbone(name), RandomStream.of('onnx', name));
  const random = RandomStream.of('onnx-normalisation', name);
  for (const [entry, { data }] of weights) {
    if (entry.endsWith('/gamma')) data.forEach((_, i) => (data[i] = 0.7 + 0.6 * random.next()));
    if (entry.endsWith('/beta')) data.forEach((_, i) => (data[i] = 0.3 * random.normal()));
    if (entry.endsWith('/moving_variance')) data.forEach((_, i) => (data[i] = 0.1 + 0.4 * random.next()));
  }
  return weights;
}

/** With a head that tells classes apart. */
async function modelOf(name: string, inputSize: number, weights = randomWeights(name)): Promise<TrainedModel> {
  const backbone = getBackbone(name);
  const random = RandomStream.of('onnx-head', name);
  const [, , channels] = outputShape(backbone, inputSize);
  const g = new GraphBuilder();
  g.output('pooled', frozenBlocks(g, backbone, weights, inputSize, { from: 0, to: 'pooled' }));
  const engine = await openEngine('onnx');
  const program = await engine.compile(g.build());
  const { pooled = new Float32Array() } = await program.run(engine.createState(new Map()), {
    pixels: picture(inputSize, 0),
  });
  await engine.dispose();
  // Scores of about 1 with any features.
  const norm = Math.sqrt(pooled.reduce((sum, feature) => sum + feature ** 2, 0));
  const data = Float32Array.from({ length: channels * CLASSES.length }, () => random.normal() / norm);
  weights.set('head/kernel', { shape: [channels, CLASSES.length], role: 'plain', data });
  weights.set('head/bias', { shape: [CLASSES.length], role: 'plain', data: Float32Array.of(0.1, -0.2, 0.3) });
  return { backbone, weights, inputSize, classes: CLASSES, resize: 'pad' };
}

function picture(side: number, seed: number): Uint8Array {
  const random = RandomStream.of('picture', String(seed));
  const waves = [1, 2, 3].map(() => 0.05 + random.next() / 4);
  return Uint8Array.from(
    { length: 3 * side * side },
    (_, i) => 128 + 120 * Math.sin(Math.floor(i / 3) * waves[i % 3]! + seed),
  );
}

async function runFile(bytes: Uint8Array, images: readonly Uint8Array[], side: number): Promise<number[]> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const pixels = new Uint8Array(images.flatMap((image) => [...image]));
  const { probabilities } = await session.run({ pixels: new Tensor('uint8', pixels, [images.length, side, side, 3]) });
  await session.release();
  expect(probabilities?.dims).toEqual([images.length, CLASSES.length]);
  return [...(probabilities?.data as Float32Array)];
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((number, i) => Math.abs(number - b[i]!)));
}

describe.each([
  ['quicknet', 64],
  ['squeezenet1.1', 96],
  ['mobilenet', 64],
  ['mobilenetv2', 64],
  ['efficientnetb0', 64],
  ['mobilenetv3small', 64],
])('%s as an ONNX file', { timeout: 120_000 }, (name, side) => {
  it('gives the probabilities of predict to 1e-5 for three images at once', async () => {
    const model = await modelOf(name, side);
    const images = [1, 2, 3].map((seed) => picture(side, seed));
    const classifier = await openClassifier(model, 'onnx');
    const expected: number[] = [];
    for (const image of images) expected.push(...(await classifier.probabilities(image)));
    await classifier.close();
    expect(largestDifference(expected.slice(0, 3), expected.slice(3, 6))).toBeGreaterThan(1e-4);

    const single = toOnnxModel(model, FACTS, 'float32');
    expect(largestDifference(await runFile(single, images, side), expected)).toBeLessThan(1e-5);
    const half = toOnnxModel(model, FACTS, 'float16');
    expect(half.length).toBeLessThan(0.56 * single.length);
    expect((await runFile(half, images, side)).every((one) => one > 0 && one < 1)).toBe(true);
  });
});

describe('float16 weights', () => {
  // Networks of random weights amplify every rounding; those that were trained do not.
  const trained = [
    ['quicknet', 64, undefined],
    ['squeezenet1.1', 224, join(SHARED, 'weights/squeezenet_v1.1_imagenet_notop.h5')],
  ] as const;
  it.each(trained.filter(([, , file]) => file === undefined || existsSync(file)))(
    'move probabilities of a trained %s by less than 0.005',
    { timeout: 60_000 },
    async (name, side, file) => {
      const backbone = getBackbone(name);
      const model = await modelOf(name, side, await backboneWeights(backbone, file, 0));
      const images = [1, 2, 3].map((seed) => picture(side, seed));
      const [single, half] = (['float32', 'float16'] as const).map((dtype) => toOnnxModel(model, FACTS, dtype));
      const expected = await runFile(single as Uint8Array, images, side);
      expect(largestDifference(await runFile(half as Uint8Array, images, side), expected)).toBeLessThan(0.005);
    },
  );
});

it('A graph with shapes as numbers runs item by item, with any number of items', async () => {
  const g = new GraphBuilder();
  const pixels = g.input('pixels', [1, 4, 4, 3], { role: 'image', type: 'uint8', layout: 'NHWC' });
  const flat = reshape(g, pixels, [1, 48]);
  const random = RandomStream.of('reshaped');
  const kernel = g.constant(
    Float32Array.from({ length: 48 * 3 }, () => random.normal() / 500),
    [48, 3],
  );
  g.output('probabilities', softmax(g, matMul(g, flat, kernel)));
  const graph = g.build();
  const engine = await openEngine('onnx');
  const program = await engine.compile(graph);
  const images = [1, 2, 3].map((seed) => picture(4, seed));
  const expected: number[] = [];
  for (const image of images) {
    const { probabilities } = await program.run(engine.createState(new Map()), { pixels: image });
    expected.push(...(probabilities ?? []));
  }
  await engine.dispose();
  const bytes = portableModel(graph, { dtype: 'float16' });
  expect(Buffer.from(bytes).includes('Scan')).toBe(true);
  expect(
    largestDifference(await runFile(portableModel(graph, { dtype: 'float32' }), images, 4), expected),
  ).toBeLessThan(1e-5);
  expect(await runFile(bytes, [images[0] ?? new Uint8Array()], 4)).toHaveLength(3);
});

it('A graph with batched products and GELU is written with operators of the standard alone', async () => {
  const g = new GraphBuilder();
  const pixels = g.input('pixels', [1, 4, 4, 3], { role: 'image', type: 'uint8', layout: 'NHWC' });
  const scaled = multiply(g, reshape(g, pixels, [2, 3, 8]), g.scalar(1 / 100));
  const curved = gelu(g, subtract(g, scaled, g.scalar(1)));
  const pairs = matMul(g, curved, curved, { transposeA: true });
  const again = matMul(g, curved, pairs, { transposeB: true });
  const kernel = g.constant(
    Float32Array.from({ length: 48 * 3 }, (_, i) => Math.sin(i) / 50),
    [48, 3],
  );
  g.output('probabilities', softmax(g, matMul(g, reshape(g, again, [1, 48]), kernel)));
  const graph = g.build();
  const engine = await openEngine('cpu');
  const program = await engine.compile(graph);
  const images = [1, 2].map((seed) => picture(4, seed));
  const expected: number[] = [];
  for (const image of images) {
    const { probabilities } = await program.run(engine.createState(new Map()), { pixels: image });
    expected.push(...(probabilities ?? []));
  }
  await engine.dispose();
  const bytes = portableModel(graph, { dtype: 'float32' });
  expect(Buffer.from(bytes).includes('com.microsoft')).toBe(false);
  expect(largestDifference(expected.slice(0, 3), expected.slice(3))).toBeGreaterThan(1e-3);
  expect(largestDifference(await runFile(bytes, images, 4), expected)).toBeLessThan(1e-5);
});

describe('the metadata of an ONNX file', () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    bytes = toOnnxModel(await modelOf('quicknet', 32), FACTS, 'float16');
  });

  it('have classes, input, preprocessing and metrics', () => {
    const metadata = Object.fromEntries(readMetadata(bytes));
    const read = (key: string): unknown => JSON.parse(metadata[key] ?? '');
    expect(metadata).toMatchObject({ name: 'insects', backbone: 'quicknet', dtype: 'float16' });
    expect(read('classes')).toEqual(CLASSES);
    expect(read('metrics')).toEqual(FACTS.metrics);
    expect(read('input')).toMatchObject({
      name: 'pixels',
      shape: ['batch', 32, 32, 3],
      resize: 'pad',
      channels: 'RGB',
    });
    expect(read('preprocessing')).toEqual({
      order: [0, 1, 2],
      scale: 1 / 127.5,
      mean: [1, 1, 1],
      deviation: [1, 1, 1],
      place: 'in the network',
    });
  });

  it('are enough to load the file again', async () => {
    const file = join(folder, 'model.onnx');
    writeFileSync(file, bytes);
    expect((await readOnnxModel(file)).input).toEqual({ inputSize: 32, resize: 'pad', classes: CLASSES });
    const classifier = await openOnnxClassifier(file, 'onnx');
    const probabilities = await classifier.probabilities(picture(32, 1));
    await classifier.close();
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 5);
  });

  it.each([
    ['text', () => Buffer.from('# a model card, no model'), /expected an ONNX model that hpo exported, got/],
    ['a file that is cut off', () => bytes.subarray(0, 5000), /expected an ONNX model that hpo exported, got/],
    ['an empty file', () => Buffer.alloc(0), /without the metadata 'input'/],
  ])('are missed in %s with a message that names the file', async (_, content, message) => {
    const file = join(folder, 'other.onnx');
    writeFileSync(file, content());
    await expect(readOnnxModel(file)).rejects.toMatchObject({
      code: 'ERR_WEIGHTS',
      message: expect.stringMatching(message),
    });
    await expect(readOnnxModel(file)).rejects.toThrow(file);
  });
});
