// A model file as a backbone: its blocks, what it makes of them, and how it wants its pixels.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Backbone } from '../../src/backbones/backbone.js';
import { backboneWeights } from '../../src/backbones/backbone-weights.js';
import { describeBackbone } from '../../src/backbones/describe-backbone.js';
import { cutShape, frozenBlocks } from '../../src/backbones/frozen-blocks.js';
import { poolingOf } from '../../src/backbones/model-file/pool.js';
import { openBackbone } from '../../src/backbones/open-backbone.js';
import { preprocessingOf } from '../../src/backbones/preprocessing.js';
import { openEngine, openOnnxModel } from '../../src/engines/open-engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { type HostTensor, sizeOf } from '../../src/graph/host-tensor.js';
import { Prefix, cachedLayersOf } from '../../src/features/prefix.js';
import { must } from '../../src/system/must.js';
import { Classifier } from '../../src/trainer/model/classifier.js';
import { ONNX_PORTS, toOnnxModel } from '../../src/trainer/model/onnx-model.js';
import { evaluationGraph } from '../../src/trainer/finetune/tail-graphs.js';
import { initialHead } from '../../src/trainer/finetune/tail.js';
import { GOLDEN_FILES, goldenFile } from '../onnx/golden.js';
import { bytesOf, float, list, node, smallModel, weight } from '../onnx/small-model.js';

const folder = mkdtempSync(join(tmpdir(), 'hpo-model-file-'));
const engine = await openEngine('onnx');
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
function written(bytes: Uint8Array): string {
  const path = join(folder, `${++files}`, 'model.onnx');
  mkdirSync(join(folder, `${files}`));
  writeFileSync(path, bytes);
  return path;
}

const small = written(smallModel());
const open = (file: string, options: object = {}): Backbone => openBackbone({ name: 'small.onnx', file, ...options });

describe('a model file that is opened again', () => {
  it('is the same one, until it, its weights beside it or its preprocessing change', () => {
    const file = written(smallModel());
    const beside = join(dirname(file), 'weights.bin');
    const scale = { name: 'spare', dims: [4], dataType: 1, dataLocation: 1 };
    const external = { ...scale, externalData: [{ key: 'location', value: 'weights.bin' }] };
    writeFileSync(beside, new Uint8Array(Float32Array.of(1, 1, 1, 1).buffer));
    writeFileSync(file, smallModel({ initializer: [external] }));
    const first = open(file);
    expect(open(file)).toBe(first);
    writeFileSync(beside, new Uint8Array(Float32Array.of(2, 2, 2, 2).buffer));
    utimesSync(beside, 1, 1);
    const second = open(file);
    expect(second).not.toBe(first);
    expect(open(file)).toBe(second);
    const config = { do_normalize: true, image_mean: [0.1, 0.1, 0.1], image_std: [0.2, 0.2, 0.2] };
    writeFileSync(join(dirname(file), 'preprocessor_config.json'), JSON.stringify(config));
    expect(open(file).preprocessing).not.toEqual(second.preprocessing);
  });
});

describe('a model file as backbone', () => {
  it('has blocks after its own scopes, with their arrays, parameters and arithmetic', () => {
    const { blocks, trainable, weights } = describeBackbone(open(small));
    expect(blocks).toEqual([
      { name: 'stem', output: [4, 8, 8], parameters: 4 * 27 + 4, multiplyAccumulates: 64 * 4 * 27 },
      { name: 'layers.0', output: [4], parameters: 4 * 36 + 4, multiplyAccumulates: 64 * 4 * 36 },
    ]);
    expect({ trainable, weights }).toEqual({ trainable: 2, weights: 'file' });
  });

  it('gives the same probabilities whether a block is frozen or part of the tail', async () => {
    const backbone = open(small);
    const weights = await backboneWeights(backbone, undefined, 0);
    const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 7919) % 251);
    const head = new Map(initialHead(4, 3));
    head.set('head/kernel', { shape: [4, 3], role: 'plain', data: Float32Array.from({ length: 12 }, (_, i) => i % 5) });
    const results: Float32Array[] = [];
    for (const depth of [0, 1, 2]) {
      const cut = depth === 0 ? 'pooled' : 2 - depth;
      const features = await frozen(backbone, weights, cut, pixels);
      expect(features.length).toBe(sizeOf(cutShape(backbone, 16, cut)));
      const program = await engine.compile(evaluationGraph({ backbone, inputSize: 16, depth, classes: 3 }, 1));
      const state = engine.createState(new Map([...weights, ...head]));
      results.push(must((await program.run(state, { features }))['probabilities'], 'probabilities'));
    }
    const [first, ...others] = results.map((one) => [...one].map((p) => p.toFixed(5)));
    for (const one of others) expect(one).toEqual(first);
  });

  it('is bounded in depth by an operator without a gradient, which the reason names', () => {
    const hostile = [node('Floor', ['s'], ['t'])];
    const backbone = open(written(smallModel({ extra: hostile })));
    expect(backbone.file?.trainable).toEqual({
      depth: 1,
      reason: 'block stem has Floor at node t: its input depends on the image',
    });
  });

  it('with such an operator takes images of its own size alone, and one at a time', () => {
    const extra = [node('Floor', ['s'], ['t'])];
    const file = (batch: number): string => written(smallModel({ extra, input: float('image', [batch, 3, 16, 16]) }));
    expect(open(file(1)).inputSize).toBe(16);
    expect(() => open(file(1), { inputSize: 32 })).toThrow(/expected images of 16 pixels, got inputSize 32 .*Floor/);
    expect(() => open(file(2))).toThrow(/expected a batch of 1, got one of 2 .*Floor.*any number/);
  });

  it('has no weights that only say how an operator works', () => {
    const scales = (name: string, floatData: number[]): object => ({ name, dims: [4], dataType: 1, floatData });
    const extra = [node('Resize', ['s', '', 'up'], ['u']), node('Resize', ['u', '', 'down'], ['t'])];
    const initializer = [scales('up', [1, 1, 2, 2]), scales('down', [1, 1, 0.5, 0.5])] as Record<string, unknown>[];
    const names = open(written(smallModel({ extra, initializer }))).file?.weights.map(({ name }) => name);
    expect(names).toEqual(['stem.weight', 'stem.bias', 'layers.0.conv.weight', 'layers.0.conv.bias']);
  });

  it('ends with a block whose shortcut is a convolution, and not before it', () => {
    const nodes = [
      node('Conv', ['image', 'stem'], ['s']),
      node('Conv', ['s', 'main'], ['a']),
      node('Conv', ['s', 'shortcut'], ['b']),
      node('Add', ['a', 'b'], ['r']),
      node('GlobalAveragePool', ['r'], ['p']),
      node('Flatten', ['p'], ['y']),
    ];
    const initializer = [weight('stem', [4, 3, 3, 3]), weight('main', [6, 4, 1, 1]), weight('shortcut', [6, 4, 1, 1])];
    const file = written(bytesOf({ node: nodes, initializer, output: [float('y', ['batch', 6])] }));
    expect(cutShape(open(file), 8, 'pooled')).toEqual([6]);
  });

  it('has weights that the file writes as constants, too', () => {
    const value = { name: 'value', type: 4, t: weight('k', [4, 4, 1, 1]) };
    const extra = [node('Constant', [], ['k'], [value]), node('Conv', ['s', 'k'], ['t'])];
    const { file } = open(written(smallModel({ extra })));
    expect(file?.weights.find(({ name }) => name === 'k')).toMatchObject({ shape: [1, 1, 4, 4], isKernel: true });
  });

  it('takes its features from the array that is named, and refuses one that there is not', () => {
    expect(cutShape(open(small, { output: 'r' }), 16, 'pooled')).toEqual([4]);
    expect(() => open(small, { output: 'rr' })).toThrow(/expected an array of .*, got "rr" at backbone.output/);
    expect(() => open(small, { pool: 'classToken' })).toThrow(/tokens for classToken/);
  });

  it('takes any size and batch where it leaves them open, and its own size where it has one', () => {
    const free = written(smallModel({ input: float('image', ['batch', 3, 'height', 'width']) }));
    expect(open(free).inputSize).toBe(224);
    expect(cutShape(open(free, { inputSize: 32 }), 32, 1)).toEqual([4, 16, 16]);
    expect(open(small).inputSize).toBe(16);
    expect(cutShape(open(small, { inputSize: 24 }), 24, 1)).toEqual([4, 12, 12]);
  });

  it('takes the class token where there is one, also before registers, else the mean of the tokens', () => {
    const isToken = (tokens: number, pool?: 'mean'): boolean => poolingOf([tokens, 8], pool, 'a file').isToken;
    expect([197, 198, 201, 261].map((tokens) => isToken(tokens))).toEqual([true, true, true, true]);
    expect([196, 256, 49].map((tokens) => isToken(tokens))).toEqual([false, false, false]);
    expect(isToken(197, 'mean')).toBe(false);
  });

  it('reads its preprocessing beside it, or takes that of the study, or warns', () => {
    const file = written(smallModel());
    // Remarks are part of journals, and say the same on every machine.
    expect(open(file).file?.remarks).toEqual([
      expect.stringMatching(/^small.onnx: nothing says how it wants its pixels/),
    ]);
    const beside = (name: string, content: object): void =>
      writeFileSync(join(file, '..', name), JSON.stringify(content));
    const given = { mean: [0.1, 0.2, 0.3], deviation: [1, 2, 3], scale: 1, order: 'BGR' } as const;
    expect(preprocessingOf(open(file, { preprocessing: given }).preprocessing).order).toEqual([2, 1, 0]);

    beside('config.json', { pretrained_cfg: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.5, 1], input_size: [3, 16, 16] } });
    const ofTimm = open(file, { inputSize: 16, output: 'r' });
    expect(preprocessingOf(ofTimm.preprocessing).deviation).toEqual([0.25, 0.5, 1]);
    expect(ofTimm.file?.remarks).toEqual([]);

    beside('preprocessor_config.json', {
      image_mean: [0.1, 0, 0],
      image_std: [1, 1, 2],
      rescale_factor: 0.5,
      size: 16,
    });
    expect(preprocessingOf(open(file, { inputSize: 16, output: 'm' }).preprocessing)).toMatchObject({
      scale: 0.5,
      mean: [0.1, 0, 0],
    });
    // As MobileViT's.
    beside('preprocessor_config.json', { do_rescale: true, do_flip_channel_order: true, crop_size: { height: 16 } });
    expect(preprocessingOf(open(file, { inputSize: 16, output: 'g' }).preprocessing)).toMatchObject({
      order: [2, 1, 0],
      mean: [0, 0, 0],
    });
  });

  it('starts from random numbers of its own shapes where a baseline asks for them', async () => {
    const fresh = await backboneWeights(open(small), 'random', 3);
    const own = await backboneWeights(open(small), undefined, 3);
    expect([...fresh].map(([name, { shape }]) => [name, shape])).toEqual(
      [...own].map(([name, { shape }]) => [name, shape]),
    );
    expect(fresh.get('stem.weight')?.data).not.toEqual(own.get('stem.weight')?.data);
    expect([...(fresh.get('stem.bias')?.data ?? [])]).toEqual([0, 0, 0, 0]);
  });

  it.skipIf(!GOLDEN_FILES.includes('test_vit.dynamo'))(
    'interpolates its table of positions for another size (needs ../shared/onnx)',
    () => {
      const { model } = goldenFile('test_vit.dynamo');
      const backbone = open(model, { inputSize: 96 });
      expect(cutShape(backbone, 96, 1)).toEqual([37, 64]);
      expect(backbone.file?.weights.find(({ name }) => name === 'pos_embed')?.shape).toEqual([1, 37, 64]);
    },
  );
});

/** Features of pixels at a cut. */
async function frozen(
  backbone: Backbone,
  weights: ReadonlyMap<string, HostTensor>,
  to: number | 'pooled',
  pixels: Uint8Array,
): Promise<Float32Array> {
  const g = new GraphBuilder();
  g.output('features', frozenBlocks(g, backbone, weights, backbone.inputSize, { from: 0, to }), { layout: 'NCHW' });
  const program = await engine.compile(g.build());
  const outputs = await program.run(engine.createState(new Map()), { pixels });
  return must(outputs['features'], 'features');
}

it('ends below a classifier that is a convolution, whose scores are turned to channels last', () => {
  const classifier = [
    node('Conv', ['p', 'scores.weight'], ['s1']),
    node('Transpose', ['s1'], ['s2'], [list('perm', [0, 2, 3, 1])]),
    node('Flatten', ['s2'], ['logits']),
  ];
  const graph = {
    input: [float('image', ['batch', 3, 16, 16])],
    output: [float('logits', ['batch', 5])],
    node: [
      node('Conv', ['image', 'stem.weight'], ['s'], [list('pads', [1, 1, 1, 1])]),
      node('GlobalAveragePool', ['s'], ['p']),
      ...classifier,
    ],
    initializer: [weight('stem.weight', [4, 3, 3, 3]), weight('scores.weight', [5, 4, 1, 1])],
  };
  expect(describeBackbone(open(written(bytesOf(graph)))).blocks).toEqual([
    { name: 'stem', output: [4, 1, 1], parameters: 4 * 27, multiplyAccumulates: 256 * 4 * 27 },
  ]);
});

describe('a model file with operators that no graph has', () => {
  it('runs as it is in the frozen part, and trains above them', async () => {
    const scale = { name: 'scale', dims: [], dataType: 1, floatData: [0.001] };
    const zero = { name: 'zero', dims: [], dataType: 5, int32Data: [0] };
    const extra = [
      node('QuantizeLinear', ['s', 'scale', 'zero'], ['q']),
      node('DequantizeLinear', ['q', 'scale', 'zero'], ['t']),
    ];
    const quantised = open(written(smallModel({ extra, initializer: [scale, zero] }, 21)), { output: 'r' });
    const plain = open(written(smallModel({ extra: [node('Identity', ['s'], ['t'])] })), { output: 'r' });
    expect(quantised.file?.trainable.depth).toBe(1);
    const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 7919) % 251);
    const expected = await featuresOf(plain, pixels);
    const found = await featuresOf(quantised, pixels);
    expect(found.length).toBe(4);
    found.forEach((value, i) => expect(Math.abs(value - must(expected[i], 'a feature'))).toBeLessThan(5e-3));
  });
});

function doubled(tensor: HostTensor): HostTensor {
  return { ...tensor, data: tensor.data.map((number) => 2 * number) };
}

it('classifies and is exported with operators that no graph has, and with blocks above them', async () => {
  const floor = open(written(smallModel({ extra: [node('Floor', ['s'], ['t'])] })));
  expect(floor.file?.remarks).toContainEqual(
    expect.stringMatching(/is exported as ONNX in float32, for one image at a time: block stem/),
  );
  const head = new Map(initialHead(4, 3));
  head.set('head/kernel', { shape: [4, 3], role: 'plain', data: Float32Array.from({ length: 12 }, (_, i) => i % 5) });
  const weights = new Map([...(await backboneWeights(floor, undefined, 0)), ...head]);
  const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 7919) % 251);
  const classifier = await Classifier.compile(engine, { backbone: floor, inputSize: 16, weights });
  const found = await classifier.probabilities(pixels);
  await classifier.dispose();

  // What a trial trained lies above the operators that no graph has.
  const above = new Set(floor.file?.weights.filter(({ block }) => block === 1).map(({ name }) => name));
  const trained = new Map(
    [...weights].map(([name, tensor]) => [name, above.has(name) ? doubled(tensor) : tensor] as const),
  );
  expect(above.size).toBe(2);
  for (const some of [weights, trained]) {
    const again = await Classifier.compile(engine, { backbone: floor, inputSize: 16, weights: some });
    const model = { backbone: floor, inputSize: 16, weights: some, classes: ['a', 'b', 'c'], resize: 'crop' } as const;
    const session = await openOnnxModel(
      toOnnxModel(model, { name: 'floor', metrics: {} }, 'float32'),
      'onnx',
      ONNX_PORTS,
    );
    const exported = await session.run(pixels, [1, 16, 16, 3]);
    expect([...exported]).toEqual([...(await again.probabilities(pixels))].map((p): unknown => expect.closeTo(p, 6)));
    await session.close();
    await again.dispose();
  }

  const features = await featuresOf(floor, pixels);
  const program = await engine.compile(evaluationGraph({ backbone: floor, inputSize: 16, depth: 0, classes: 3 }, 1));
  const expected = must(
    (await program.run(engine.createState(weights), { features }))['probabilities'],
    'probabilities',
  );
  expect([...found].map((p) => p.toFixed(5))).toEqual([...expected].map((p) => p.toFixed(5)));
});

describe('a slice to the end', () => {
  const END = '9223372036854775807'; // 2⁶³ − 1, as exporters write it
  const list64 = (name: string, value: unknown): object => ({ name, dims: [1], dataType: 7, int64Data: [value] });
  const asAttributes = (['starts', 'ends', 'axes'] as const).map((name, i) => ({
    name,
    type: 7,
    ints: [[0, END, 2][i]],
  }));

  it.each([
    { form: 'attributes', opset: 9, slice: node('Slice', ['u'], ['t'], asAttributes), more: [] },
    {
      form: 'lists of numbers',
      opset: 17,
      slice: node('Slice', ['u', 'from', 'end', 'axis'], ['t']),
      more: [list64('from', 0), list64('end', END), list64('axis', 2)],
    },
  ])('written as $form is the same in the frozen part, which runs as the file has it', async (given) => {
    const { opset, slice, more } = given;
    const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 7919) % 251);
    const cut = [node('Floor', ['s'], ['u']), slice];
    const whole = open(written(smallModel({ extra: [node('Floor', ['s'], ['t'])] }, opset)), { output: 'r' });
    const sliced = smallModel({ extra: cut, initializer: more as Record<string, unknown>[] }, opset);
    const backbone = open(written(sliced), { output: 'r' });
    expect(backbone.file?.trainable.depth).toBe(1);
    expect(await featuresOf(backbone, pixels)).toEqual(await featuresOf(whole, pixels));
  });
});

async function featuresOf(backbone: Backbone, pixels: Uint8Array): Promise<Float32Array> {
  const weights = await backboneWeights(backbone, undefined, 0);
  const prefix = new Prefix(engine, backbone, weights, backbone.inputSize, cachedLayersOf(backbone, 16, 1));
  const features = await prefix.withArrays(async (arrays) => {
    return (await prefix.fromPixels(pixels, 'pooled', 'float32', arrays)).slice();
  });
  await prefix.dispose();
  return features;
}
