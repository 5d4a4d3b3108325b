// Exported models: tfjs reads them and computes what our graphs compute; we read them back.
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import type { Backbone } from '../../../src/backbones/backbone.js';
import { buildForward } from '../../../src/backbones/forward.js';
import { initialise } from '../../../src/backbones/initialise.js';
import { batchNorm, block, conv, pool } from '../../../src/backbones/layers.js';
import { parameterSpecs } from '../../../src/backbones/parameters.js';
import { preprocess } from '../../../src/backbones/preprocessing.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { outputShape } from '../../../src/backbones/shapes.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { sizeOf, type HostTensor } from '../../../src/graph/host-tensor.js';
import { add } from '../../../src/graph/operations/arithmetic.js';
import { matMul } from '../../../src/graph/operations/mat-mul.js';
import { globalAveragePool } from '../../../src/graph/operations/pool.js';
import { softmax } from '../../../src/graph/operations/softmax.js';
import { saveLayersModel, toLayersModel, type TrainedNetwork } from '../../../src/backbones/weights/layers-model.js';
import { loadBackboneWeights } from '../../../src/backbones/weights/load.js';
import { readTfjsLayersModel } from '../../../src/backbones/weights/tfjs-layers-model.js';
import { runGraph } from '../run-graph.js';
import { temporaryFolder } from './temporary-folder.js';

const CLASSES = ['ant', 'bee', 'wasp'];

const lowest = (backbone: Backbone, blocks: number): Backbone => ({
  ...backbone,
  blocks: backbone.blocks.slice(0, blocks),
});

/** A network whose every parameter matters: also the moving averages and what starts at zero or one. */
function trained(backbone: Backbone, inputSize: number): TrainedNetwork {
  const random = RandomStream.of('trained', backbone.name);
  const weights = initialise(backbone, random);
  for (const { name, weight, shape, role } of parameterSpecs(backbone)) {
    const near = weight === 'gamma' || weight === 'moving_variance' ? 1 : 0;
    if (role === 'plain') {
      weights.set(name, {
        shape,
        role,
        data: new Float32Array(sizeOf(shape)).map(() => near + random.uniform(-0.3, 0.3)),
      });
    }
  }
  const channels = outputShape(backbone, inputSize)[2];
  const plain = (...shape: number[]): HostTensor => {
    return { shape, role: 'plain', data: new Float32Array(sizeOf(shape)).map(() => random.uniform(-0.5, 0.5)) };
  };
  weights.set('head/kernel', plain(channels, CLASSES.length)).set('head/bias', plain(CLASSES.length));
  return { backbone, inputSize, weights, classes: CLASSES, dropout: 0.3 };
}

const fileUrl = (folder: string): string => join(folder, 'model.json');

/** What `tf.loadLayersModel` does with a URL, without a network. */
function load(folder: string): Promise<LayersModel> {
  const fetchFile = (path: string): Promise<Response> => Promise.resolve(new Response(readFileSync(path)));
  return loadLayersModel(tf.io.http(fileUrl(folder), { fetchFunc: fetchFile as typeof fetch }));
}

async function ourProbabilities(
  { backbone, inputSize, weights }: TrainedNetwork,
  pixels: Uint8Array,
): Promise<Float32Array> {
  const g = new GraphBuilder();
  const parameters = (name: string) => g.parameter(name, weights.get(name)!.shape, weights.get(name)!.role);
  const image = g.input('pixels', [1, inputSize, inputSize, 3], { role: 'image', type: 'uint8' });
  const features = buildForward(g, backbone, {
    from: 0,
    to: backbone.blocks.length,
    input: preprocess(g, backbone, image),
    parameters,
    mode: 'inference',
  });
  g.output(
    'y',
    softmax(g, add(g, matMul(g, globalAveragePool(g, features), parameters('head/kernel')), parameters('head/bias'))),
  );
  return (await runGraph(g, { pixels }, weights)).outputs['y']!;
}

describe('an exported model', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each([
    ['squeezenet1.1', 32, 9],
    ['quicknet', 32, 6],
    ['mobilenetv2', 32, 18],
    ['mobilenetv3small', 32, 13],
    ['mobilenet', 32, 4],
    ['efficientnetb0', 32, 5],
    ['resnet50', 32, 3],
    ['inceptionv3', 75, 3],
  ])('of %s at %i pixels, %i blocks, gives the probabilities that our graph gives', async (name, inputSize, blocks) => {
    const folder = temporaryFolder();
    const network = trained(lowest(getBackbone(name), blocks), inputSize);
    await saveLayersModel(folder, toLayersModel(network));
    const model = await load(folder);
    const random = RandomStream.of('pixels');
    const pixels = new Uint8Array(inputSize * inputSize * 3).map(() => random.integer(256));
    const output = model.predict(tf.tensor4d(pixels, [1, inputSize, inputSize, 3])) as tf.Tensor;
    const [theirs, ours] = [await output.data(), await ourProbabilities(network, pixels)];
    ours.forEach((value, i) => expect(Math.abs(theirs[i]! - value)).toBeLessThan(1e-5));
    model.dispose();
  });

  it('is read back as the weights of its backbone, bit for bit', async () => {
    const folder = temporaryFolder();
    const network = trained(lowest(getBackbone('inceptionv3'), 3), 75);
    await saveLayersModel(folder, toLayersModel(network));
    const weights = await loadBackboneWeights(network.backbone, folder);
    expect(weights.size).toBe(network.weights.size - 2);
    for (const [name, { data }] of weights)
      expect(Buffer.compare(Buffer.from(data.buffer), bytesOf(network.weights.get(name)!))).toBe(0);
  });

  it('of somebody else may be quantised: its numbers are those that tfjs reads', async () => {
    const folder = temporaryFolder();
    const weights: tf.io.WeightsManifestEntry[] = [
      { name: 'a/kernel', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.1, min: -1.25 } },
      { name: 'a/bias', shape: [2], dtype: 'float32', quantization: { dtype: 'uint16', scale: 1e-4, min: -3 } },
      { name: 'b/kernel', shape: [1], dtype: 'float32' },
    ];
    const bytes = Buffer.from([0, 128, 255, ...[1, 0, 255, 255], ...new Uint8Array(Float32Array.of(0.5).buffer)]);
    writeFileSync(join(folder, 'w.bin'), bytes);
    writeFileSync(join(folder, 'model.json'), JSON.stringify({ weightsManifest: [{ paths: ['w.bin'], weights }] }));
    const theirs = tf.io.decodeWeights(new Uint8Array(bytes).buffer, weights);
    const layers = await readTfjsLayersModel(join(folder, 'model.json'));
    expect(layers.map(({ name }) => name)).toEqual(['a', 'b']);
    for (const layer of layers) {
      for (const { name, data } of layer.weights) {
        const expected = await theirs[`${layer.name}/${name}`]!.data();
        data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
      }
    }
  });

  it('with float16 weights takes half the room, and tfjs and hpo read the same numbers from it', async () => {
    const folder = temporaryFolder();
    const network = trained(getBackbone('quicknet'), 32);
    await saveLayersModel(folder, toLayersModel(network));
    const whole = statSync(join(folder, 'weights.bin')).size;
    await saveLayersModel(folder, toLayersModel(network, 'float16'));
    expect(statSync(join(folder, 'weights.bin')).size).toBeLessThan(0.52 * whole);
    const ours = await loadBackboneWeights(network.backbone, folder);
    const model = await load(folder);
    for (const [name, { data }] of ours) {
      const original = network.weights.get(name)?.data ?? new Float32Array();
      // Eleven bits of precision.
      data.forEach((value, i) =>
        expect(Math.abs(value - original[i]!)).toBeLessThanOrEqual(Math.abs(original[i]!) / 2048 + 3e-8),
      );
    }
    const [kernel] = model.getLayer('stem/conv').getWeights();
    expect(await kernel?.data()).toEqual(ours.get('stem/conv/kernel')?.data);
    model.dispose();
  });

  it('names its classes', () => {
    const { json } = toLayersModel(trained(getBackbone('quicknet'), 64));
    expect(json['userDefinedMetadata']).toEqual({ classes: CLASSES });
  });

  it('freezes its preprocessing when it is trained on', async () => {
    const folder = temporaryFolder();
    await saveLayersModel(folder, toLayersModel(trained(getBackbone('quicknet'), 64)));
    const model = await load(folder);
    expect(model.getLayer('preprocessing').trainable).toBe(false);
    expect(model.getLayer('stem/conv').trainable).toBe(true);
    model.dispose();
  });

  it('has no preprocessing layer where there is none', () => {
    const { json } = toLayersModel(trained({ ...getBackbone('quicknet'), preprocessing: 'none' }, 64));
    expect(JSON.stringify(json)).not.toContain('"preprocessing"');
  });

  it('is refused where a weight is missing', () => {
    const network = trained(getBackbone('quicknet'), 64);
    const weights = new Map([...network.weights].filter(([name]) => name !== 'head/bias'));
    expect(() => toLayersModel({ ...network, weights })).toThrow(/expected head\/bias \[3\], got none/);
  });

  it('is refused where the head has other classes', () => {
    const network = { ...trained(getBackbone('quicknet'), 64), classes: ['a', 'b'] };
    expect(() => toLayersModel(network)).toThrow(/expected head\/kernel \[128, 2\], got \[128, 3\]/);
  });

  it('is refused where padding with zeros would change a pool', () => {
    const margins = [[1, 1], [1, 1]] as const; // prettier-ignore
    const blocks = [block('one', [conv('a', 4, 3), batchNorm('bn'), pool('maxPool', 'p', 3, 2, margins)])];
    expect(() => toLayersModel(trained({ ...getBackbone('quicknet'), blocks }, 64))).toThrow(
      /max-pooling after relu, because it has margins, got maxPool p/,
    );
  });
});

describe('readTfjsLayersModel', () => {
  const saved = async (): Promise<string> => {
    const folder = temporaryFolder();
    await saveLayersModel(folder, toLayersModel(trained(getBackbone('quicknet'), 64)));
    return folder;
  };

  it('names a missing shard', async () => {
    const folder = await saved();
    rmSync(join(folder, 'weights.bin'));
    await expect(readTfjsLayersModel(fileUrl(folder))).rejects.toThrow(/got nothing at .*weights\.bin/);
  });

  it('names the weight at which a shard ends too early', async () => {
    const folder = await saved();
    truncateSync(join(folder, 'weights.bin'), 100);
    await expect(readTfjsLayersModel(fileUrl(folder))).rejects.toThrow(
      /expected weights up to stem\/conv\/kernel, got 100 bytes/,
    );
  });

  it('refuses quantised weights', async () => {
    const folder = await saved();
    const json = readFileSync(fileUrl(folder), 'utf8').replace(
      '"dtype":"float32"}',
      '"dtype":"float32","quantization":{"dtype":"uint4"}}',
    );
    writeFileSync(fileUrl(folder), json);
    await expect(readTfjsLayersModel(fileUrl(folder))).rejects.toThrow(
      /expected float32 weights, or those kept as float16, uint8 or uint16, got uint4 in preprocessing\/kernel/,
    );
  });

  it.each(['{', '{}', '[]', '{"weightsManifest": 3}'])('refuses a model.json of %s', async (text) => {
    const path = fileUrl(temporaryFolder());
    writeFileSync(path, text);
    await expect(readTfjsLayersModel(path)).rejects.toMatchObject({ code: 'ERR_WEIGHTS' });
  });
});

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
