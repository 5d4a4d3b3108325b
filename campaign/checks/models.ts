// Malformed exported models: each predicts or is refused by name.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Check } from '../check.js';
import { EXPORTS, exportedModel } from '../support/exported.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { changeOnce, jsonOf, mutateBytes, mutateValue } from '../support/mutate.js';

const MODELS = 20;
const SMALL_MODELS = 4;

export const models: Check = {
  name: 'models',
  description: 'malformed exported models, given to hpo predict',
  async run(context) {
    const { random, folder, step, small } = context;
    const count = small ? SMALL_MODELS : MODELS;
    const kind = small ? 'plain' : random.pick(EXPORTS);
    const whole = await exportedModel(context, kind);
    const image = join(folder, 'image.png');
    await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a31' } }).toFile(image);
    let refused = 0;
    for (let i = 0; i < count; i++) {
      const model = join(folder, 'model');
      rmSync(model, { recursive: true, force: true });
      cpSync(whole, model, { recursive: true });
      const name = random.pick(readdirSync(model).filter((each) => /\.(json|bin|onnx)$/.test(each)));
      const path = join(model, name);
      const chance = random.next();
      const bytes = readFileSync(path);
      if (chance < 0.05) replaceByOddity(path, random.pick(['fifo', 'device', 'folder', 'nothing']));
      else if (chance < 0.3 || !name.endsWith('.json')) writeFileSync(path, mutateBytes(bytes, random));
      else {
        const value: unknown = JSON.parse(bytes.toString());
        writeFileSync(path, jsonOf(chance < 0.7 ? changeOnce(value, random) : mutateValue(value, random)));
      }
      const what = `${kind} model ${i}, ${name} changed`;
      const onnx = join(model, 'model.onnx');
      const isFile = existsSync(onnx) && statSync(onnx).isFile() && random.next() < 0.5;
      step(`hpo predict with ${what}`);
      const end = await hpoHere('predict', isFile ? onnx : model, image);
      expectEnd(end, [0, 1, 2], `hpo predict with ${what}`);
      if (end.code !== 0) refused++;
    }
    return { counts: { models: count, refused }, note: `${count} ${kind} models, ${refused} refused` };
  },
};

function replaceByOddity(path: string, kind: string): void {
  rmSync(path);
  if (kind === 'fifo') spawnSync('mkfifo', [path]);
  else if (kind === 'device') symlinkSync('/dev/zero', path);
  else if (kind === 'folder') mkdirSync(path);
}
