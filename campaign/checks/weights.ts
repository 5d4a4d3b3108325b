// Malformed files of weights: each is read or refused by name.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import h5wasm from 'h5wasm/node';
import type { RandomStream } from '../../src/math/random.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { changeOnce, jsonOf, mutateBytes, mutateValue } from '../support/mutate.js';
import { writeStudy } from '../support/studies.js';

const FILES = 40;
const SMALL_FILES = 4;
const QUICKNET = new URL('../../assets/quicknet.safetensors', import.meta.url);

export const weights: Check = {
  name: 'weights',
  description: 'malformed .safetensors, .h5, .keras and model.json files, given to hpo plan as weights',
  async run({ random, folder, step, small }) {
    const files = small ? SMALL_FILES : FILES;
    const h5 = await smallH5(join(folder, 'base.h5'));
    const safetensors = readFileSync(QUICKNET);
    let refused = 0;
    for (let i = 0; i < files; i++) {
      const kind = random.pick(['safetensors', 'h5', 'keras', 'json'] as const);
      const name = kind === 'json' ? 'model.json' : `weights-${i}.${kind}`;
      const content = {
        safetensors: () => changedHeader(safetensors, random),
        h5: () => (random.next() < 0.5 ? mutateBytes(h5, random) : oddH5(join(folder, 'odd.h5'), random)),
        keras: () => changedArchive(h5, random),
      };
      writeFileSync(join(folder, name), kind === 'json' ? topology(random) : content[kind]());
      writeFileSync(join(folder, 'weights.bin'), Buffer.alloc(896));
      const file = writeStudy(join(folder, 'study'), {
        ...STUDY,
        backbone: { ...STUDY.backbone, weights: `../${name}` },
      });
      step(`hpo run with the weights ${name}, number ${i}`);
      const end = await hpoHere('run', file, '--plain', '--fresh');
      expectEnd(end, [0, 1, 2], `hpo run with the weights ${name}, number ${i}`);
      if (end.code !== 0) refused++;
    }
    return { counts: { weights: files, refused }, note: `${files} files of weights, ${refused} refused` };
  },
};

const STUDY = {
  name: 'weights',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 1, validation: 1 } } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
  search: { strategy: 'random', trials: 1 },
  training: { epochs: 1, headEpochs: 1, unfreezeDepth: 0, augmentation: 'none' },
  resources: { workers: 1, engine: 'onnx' },
};

/** Its JSON header is what readers believe; so it is changed most of the time. */
function changedHeader(bytes: Buffer, random: RandomStream): Buffer {
  if (random.next() < 0.3) return mutateBytes(bytes, random);
  const length = Number(bytes.readBigUInt64LE());
  const header: unknown = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const changed = random.next() < 0.6 ? changeOnce(header, random) : mutateValue(header, random);
  const text = Buffer.from(jsonOf(changed));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(random.next() < 0.9 ? BigInt(text.length) : BigInt(random.nextUint32()) ** 2n);
  return Buffer.concat([size, text, bytes.subarray(8 + length)]);
}

/** A zip around weights: damaged itself, or around damaged ones. */
function changedArchive(h5: Buffer, random: RandomStream): Buffer {
  const config = Buffer.from(jsonOf({ module: 'keras', class_name: 'Functional' }));
  const inner = random.next() < 0.5 ? mutateBytes(h5, random) : h5;
  const archive = Buffer.from(zipSync({ 'config.json': config, 'model.weights.h5': inner }));
  return inner === h5 ? mutateBytes(archive, random) : archive;
}

/** The model.json of a small model, changed. */
function topology(random: RandomStream): string {
  const layer = { class_name: 'Conv2D', config: { name: 'stem/conv', filters: 8, kernel_size: [3, 3] } };
  const entries = ['stem/conv/kernel', 'stem/conv/bias'].map((name, i) => ({
    name,
    shape: [3, 3, 3, 8].slice(3 * i),
    dtype: 'float32',
  }));
  const model = {
    format: 'layers-model',
    modelTopology: { class_name: 'Model', config: { name: 'm', layers: [layer], input_layers: [], output_layers: [] } },
    weightsManifest: [{ paths: ['weights.bin'], weights: entries }],
  };
  return jsonOf(random.next() < 0.6 ? changeOnce(model, random) : mutateValue(model, random));
}

/** Well built, as h5wasm writes it, but its names, shapes and numbers disagree. */
function oddH5(path: string, random: RandomStream): Buffer {
  rmSync(path, { force: true });
  const file = new h5wasm.File(path, 'w');
  const listed = random.pick<readonly string[] | string | readonly number[]>([
    ...[['a', 'b'], ['a', 'a'], ['a', 'nothing'], [], 'a', [1, 2], ['../a'], ['/'], ['a'.repeat(5000)]],
  ]);
  file.create_attribute('layer_names', listed as string[]);
  for (const name of ['a', 'b']) {
    const group = file.create_group(name);
    const weights = random.pick([
      [`${name}/kernel:0`],
      [`${name}/kernel:0`, 'bias:0'],
      ['/'],
      ['.'],
      [''],
      ['kernel:0'],
    ]);
    if (random.next() < 0.8) group.create_attribute('weight_names', weights);
    const shape = random.pick([[3, 3, 2, 2], [36], [0], [36, 1, 1, 1, 1, 1, 1, 1], [6, 6], []]);
    const length = shape.reduce((product, size) => product * size, 1);
    const data = random.pick([
      new Float32Array(length).fill(random.pick([0, NaN, Infinity, 3.4e38])),
      new Float64Array(length),
      new Int8Array(length),
      new Int32Array(length),
    ]);
    if (random.next() < 0.9) group.create_group(name).create_dataset({ name: 'kernel:0', data, shape });
  }
  file.close();
  return readFileSync(path);
}

async function smallH5(path: string): Promise<Buffer> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, 'w');
  file.create_attribute('layer_names', ['a', 'b']);
  for (const name of ['a', 'b']) {
    const group = file.create_group(name);
    group.create_attribute('weight_names', [`${name}/kernel:0`]);
    group.create_group(name).create_dataset({ name: 'kernel:0', data: new Float32Array(36), shape: [3, 3, 2, 2] });
  }
  file.close();
  return readFileSync(path);
}
