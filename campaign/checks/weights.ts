// Malformed files of weights: each is read or refused by name.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import h5wasm from 'h5wasm/node';
import type { RandomStream } from '../../src/math/random.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { jsonOf, mutateBytes, mutateValue } from '../support/mutate.js';
import { writeStudy } from '../support/studies.js';

const FILES = 40;
const QUICKNET = new URL('../../assets/quicknet.safetensors', import.meta.url);

export const weights: Check = {
  name: 'weights',
  description: 'malformed .safetensors, .h5, .keras and model.json files, given to hpo plan as weights',
  async run({ random, folder, step }) {
    const h5 = await smallH5(join(folder, 'base.h5'));
    const safetensors = readFileSync(QUICKNET);
    let refused = 0;
    for (let i = 0; i < FILES; i++) {
      const kind = random.pick(['safetensors', 'h5', 'keras', 'json'] as const);
      const name = kind === 'json' ? 'model.json' : `weights-${i}.${kind}`;
      const content = {
        safetensors: () => changedHeader(safetensors, random),
        h5: () => mutateBytes(h5, random),
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
    return { counts: { weights: FILES, refused }, note: `${FILES} files of weights, ${refused} refused` };
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
  const text = Buffer.from(jsonOf(mutateValue(header, random)));
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
  return jsonOf(mutateValue(model, random));
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
