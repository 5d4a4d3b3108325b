// Malformed images: each is read, or named and left out, when classified and when indexed for a study.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { RandomStream } from '../../src/math/random.js';
import type { Check } from '../check.js';
import { exportedModel } from '../support/exported.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { mutateBytes } from '../support/mutate.js';
import { writeStudy } from '../support/studies.js';

const FILES = 24;
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;

export const images: Check = {
  name: 'images',
  description: 'malformed images of every format, given to hpo predict and hpo plan',
  async run(context) {
    const { random, folder, step } = context;
    const model = await exportedModel(context);
    const bases = new Map<string, Buffer>();
    for (const format of FORMATS) bases.set(format, await picture(random).toFormat(format).toBuffer());
    bases.set('bmp', bmp());
    const classes = ['a', 'b'].map((name) => join(folder, 'data', name));
    for (const each of classes) mkdirSync(each, { recursive: true });
    for (const each of classes) {
      // Whole ones, so that there is something to plan.
      for (let i = 0; i < 4; i++) writeFileSync(join(each, `whole-${i}.png`), await picture(random).png().toBuffer());
    }
    const files = Array.from({ length: FILES }, (_, i) => {
      const format = random.pick([...bases.keys()]);
      const bytes = mutateBytes(bases.get(format) ?? Buffer.alloc(0), random);
      const file = join(random.pick(classes), `${i}.${random.next() < 0.8 ? format : random.pick([...bases.keys()])}`);
      writeFileSync(file, random.next() < 0.05 ? Buffer.from('<svg width="99999" height="99999"/>') : bytes);
      return file;
    });
    step('hpo predict');
    expectEnd(await hpoHere('predict', model, ...files), [0, 1, 2], 'hpo predict');
    const file = writeStudy(join(folder, 'study'), {
      data: { folder: '../data', maxCorruptShare: 1 },
      backbone: { name: 'quicknet', inputSize: 32 },
      space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
      resources: { engine: 'onnx' },
    });
    step('hpo plan');
    const planned = await hpoHere('plan', file);
    expectEnd(planned, [0, 1, 2], 'hpo plan');
    return { counts: { images: FILES }, note: `${FILES} images, plan ended with ${planned.code}` };
  },
};

function picture(random: RandomStream): Sharp {
  const data = Buffer.from(Array.from({ length: 24 * 20 * 3 }, () => random.integer(256)));
  return sharp(data, { raw: { width: 24, height: 20, channels: 3 } });
}

/** Two rows of two pixels of 24 bits. */
function bmp(): Buffer {
  const file = Buffer.alloc(70);
  file.write('BM');
  for (const [value, at] of [
    [70, 2],
    [54, 10],
    [40, 14],
    [2, 18],
    [2, 22],
  ] as const)
    file.writeUInt32LE(value, at);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}
