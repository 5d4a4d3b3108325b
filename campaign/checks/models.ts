// Malformed exported models: each predicts or is refused by name.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Check } from '../check.js';
import { exportedModel } from '../support/exported.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { jsonOf, mutateBytes, mutateValue } from '../support/mutate.js';

const MODELS = 20;

export const models: Check = {
  name: 'models',
  description: 'malformed exported models, given to hpo predict',
  async run(context) {
    const { random, folder, step } = context;
    const whole = await exportedModel(context);
    const image = join(folder, 'image.png');
    await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a31' } }).toFile(image);
    let refused = 0;
    for (let i = 0; i < MODELS; i++) {
      const model = join(folder, 'model');
      rmSync(model, { recursive: true, force: true });
      cpSync(whole, model, { recursive: true });
      const name = random.pick(readdirSync(model).filter((each) => each !== 'model-card.md'));
      const path = join(model, name);
      const chance = random.next();
      const bytes = readFileSync(path);
      if (chance < 0.05) replaceByOddity(path, random.pick(['fifo', 'device', 'folder', 'nothing']));
      else if (chance < 0.3 || !name.endsWith('.json')) writeFileSync(path, mutateBytes(bytes, random));
      else writeFileSync(path, jsonOf(mutateValue(JSON.parse(bytes.toString()), random)));
      step(`hpo predict with model ${i}, ${name} changed`);
      const end = await hpoHere('predict', model, image);
      expectEnd(end, [0, 1, 2], `hpo predict with model ${i}, ${name} changed`);
      if (end.code !== 0) refused++;
    }
    return { counts: { models: MODELS, refused }, note: `${MODELS} models, ${refused} refused` };
  },
};

function replaceByOddity(path: string, kind: string): void {
  rmSync(path);
  if (kind === 'fifo') spawnSync('mkfifo', [path]);
  else if (kind === 'device') symlinkSync('/dev/zero', path);
  else if (kind === 'folder') mkdirSync(path);
}
