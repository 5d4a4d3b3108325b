// Malformed sweep configurations: each becomes a study or is refused.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RandomStream } from '../../src/math/random.js';
import { type Check, Finding } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { changeOnce, jsonOf, mutateText, mutateValue } from '../support/mutate.js';

const FILES = 200;
const SMALL_FILES = 30;

const SWEEP = {
  ...{ program: 'train.py', name: 'tune', method: 'bayes', run_cap: 25 },
  metric: { name: 'macroF1', goal: 'maximize' },
  parameters: {
    lr: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-2 },
    batch_size: { values: [8, 16, 32] },
    dropout: { distribution: 'q_uniform', min: 0.1, max: 0.5, q: 0.1 },
    unfreezeDepth: { min: 0, max: 4 },
    epochs: { value: 9 },
    weight_decay: { distribution: 'log_uniform', min: -12, max: -4 },
    momentum: { distribution: 'normal', mu: 0.9, sigma: 0.01 },
  },
  early_terminate: { type: 'hyperband', min_iter: 3, eta: 2.6 },
};

const BOMB = [
  'a: &a [1,1,1,1,1,1,1,1]',
  ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefghij'[i]},`.repeat(8)}]`),
].join('\n');

export const sweeps: Check = {
  name: 'sweeps',
  description: 'malformed sweep configurations, given to hpo init --from',
  async run({ random, folder, step, small }) {
    const files = small ? SMALL_FILES : FILES;
    const [file, out] = [join(folder, 'sweep.yaml'), join(folder, 'study.json')];
    let refused = 0;
    for (let i = 0; i < files; i++) {
      writeFileSync(file, draw(random));
      rmSync(out, { force: true });
      step(`hpo init with sweep ${i}`);
      const end = await hpoHere('init', '--from', file, '--out', out, '--backbone', 'quicknet');
      expectEnd(end, [0, 1, 2], `hpo init with sweep ${i}`);
      if (end.code !== 0) {
        refused++;
        continue;
      }
      // What it writes is a study; only images may be missing.
      step(`hpo plan with the study of sweep ${i}`);
      const planned = await hpoHere('plan', out);
      expectEnd(planned, [0, 1, 2], `hpo plan with the study of sweep ${i}`);
      // How many blocks there are is the backbone's, which the sweep does not know.
      if (planned.err.includes('ERR_STUDY_INVALID') && !planned.err.includes('the blocks of quicknet')) {
        throw new Finding(
          `hpo init wrote a study that hpo plan refuses:\n${planned.err}\n${readFileSync(out, 'utf8')}`,
        );
      }
    }
    return { counts: { sweeps: files, refused }, note: `${files} sweeps, ${refused} refused` };
  },
};

function draw(random: RandomStream): string {
  const chance = random.next();
  if (chance < 0.02) return BOMB;
  if (chance < 0.4) return mutateText(stringify(SWEEP), random);
  const value = random.next() < 0.5 ? changeOnce(SWEEP, random) : mutateValue(SWEEP, random);
  try {
    return chance < 0.7 ? stringify(value) : jsonOf(value);
  } catch {
    return jsonOf(value); // too deep for the writer
  }
}
