// Malformed ONNX model files, with weights inside or beside them: each is a backbone, or is refused by name.
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '../../src/math/random.js';
import { ModelProto } from '../../src/graph/onnx/messages.js';
import { smallModel, weight } from '../../test/onnx/small-model.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { changeOnce, jsonOf, mutateBytes, mutateValue } from '../support/mutate.js';
import { writeStudy } from '../support/studies.js';

const FILES = 30;
const SMALL_FILES = 8;

export const networks: Check = {
  name: 'networks',
  description: 'malformed ONNX files and files beside them, given to hpo plan and hpo run as a backbone',
  async run({ random, folder, step, small }) {
    const files = small ? SMALL_FILES : FILES;
    let refused = 0;
    const counts = { networks: files, refused: 0 };
    for (let i = 0; i < files; i++) {
      const kind = random.pick(['bytes', 'fields', 'fields', 'external', 'numbers', 'beside'] as const);
      const what = `network ${i}, ${kind}`;
      rmSync(join(folder, 'config.json'), { force: true });
      writeNetwork(kind, folder, random);
      const file = writeStudy(join(folder, 'study'), STUDY);
      const command = random.next() < 0.2 ? ['run', file, '--plain', '--fresh'] : ['plan', file];
      step(`hpo ${command[0]} with ${what}`);
      const end = await hpoHere(...command);
      expectEnd(end, [0, 1, 2], `hpo ${command[0]} with ${what}`);
      if (end.code !== 0) refused++;
    }
    return { counts: { ...counts, refused }, note: `${files} networks, ${refused} refused` };
  },
};

const STUDY = {
  name: 'networks',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 1, validation: 1 } } },
  backbone: { name: 'mine', weights: '../network.onnx' },
  space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
  search: { strategy: 'random', trials: 1 },
  training: { epochs: 1, headEpochs: 1, unfreezeDepth: 0, augmentation: 'none' },
  resources: { workers: 1, engine: 'onnx' },
};

/** Numbers that are no weights. */
const ODD = [NaN, Infinity, -Infinity, 3.4e38, 1e-45, -0];

function writeNetwork(
  kind: 'bytes' | 'fields' | 'external' | 'numbers' | 'beside',
  folder: string,
  random: RandomStream,
): void {
  const path = join(folder, 'network.onnx');
  const whole = Buffer.from(smallModel());
  switch (kind) {
    case 'bytes':
      return writeFileSync(path, mutateBytes(whole, random));
    case 'fields':
      return writeFileSync(path, changedFields(whole, random));
    case 'external':
      return writeExternal(folder, random);
    case 'numbers': {
      const numbers = { ...weight('spare', [4]), floatData: Array.from({ length: 4 }, () => random.pick(ODD)) };
      // The same name as one of the network's own, or one that nothing uses.
      const name = random.pick(['spare', 'stem.weight', 'w']);
      return writeFileSync(path, smallModel({ initializer: [{ ...numbers, name }] }));
    }
    case 'beside': {
      const config = { do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.2, 0.2, 0.2], size: 8 };
      writeFileSync(join(folder, 'config.json'), jsonOf(mutateValue(config, random)));
      return writeFileSync(path, whole);
    }
  }
}

function changedFields(whole: Buffer, random: RandomStream): Buffer {
  const fields = ModelProto.toObject(ModelProto.decode(whole), { longs: Number, enums: Number });
  try {
    const changed = (random.next() < 0.6 ? changeOnce(fields, random) : mutateValue(fields, random)) as Record<
      string,
      unknown
    >;
    return Buffer.from(ModelProto.encode(ModelProto.fromObject(changed)).finish());
  } catch {
    return mutateBytes(whole, random); // no message of this kind has such a field
  }
}

/** Weights in a file beside it: of any claimed size, in files that take no room on the disk. */
function writeExternal(folder: string, random: RandomStream): void {
  const beside = join(folder, 'weights.bin');
  writeFileSync(beside, Buffer.alloc(64));
  truncateSync(beside, random.pick([0, 16, 64, 2 ** 20, 2 ** 34]));
  const size = random.pick([0, 1, 4, 2 ** 10, 2 ** 27, 2 ** 31, -4]);
  const entries = {
    location: random.pick(['weights.bin', '../weights.bin', '/dev/zero', '', '.', 'nothing']),
    offset: String(random.pick([0, 0, 4, -1, 2 ** 33, 'x'])),
    length: String(random.pick([4 * size, 16, 2 ** 40, 'x'])),
  };
  const external = {
    ...{ name: 'spare', dims: [size], dataType: random.pick([1, 7, 10, 11, 8, 99]), dataLocation: 1 },
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  };
  writeFileSync(join(folder, 'network.onnx'), smallModel({ initializer: [external] }));
}
