// Malformed study files: each is planned or refused, without a stack, a long wait or much memory.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '../../src/math/random.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { type JsonSchema, redrawn } from '../support/draw-schema.js';
import { changeOnce, jsonOf, mutateText, mutateValue } from '../support/mutate.js';
import { type StudyFile, drawVariant, writeStudy } from '../support/studies.js';

const FILES = 60;
const SMALL_FILES = 15;
const SCHEMA = JSON.parse(readFileSync(new URL('../../study.schema.json', import.meta.url), 'utf8')) as JsonSchema;

export const studies: Check = {
  name: 'studies',
  description: 'malformed study.json files, given to hpo plan',
  async run({ random, folder, step, small }) {
    const file = writeStudy(join(folder, 'study'), {});
    const files = small ? SMALL_FILES : FILES;
    let refused = 0;
    for (let i = 0; i < files; i++) {
      const study = random.next() < 0.5 ? drawVariant(random).study : { ...FULL, ...drawnSpace(random) };
      writeFileSync(file, malformed(study, random));
      step(`hpo plan with file ${i}`);
      const end = await hpoHere('plan', file);
      expectEnd(end, [0, 1, 2], `hpo plan with file ${i}`);
      if (end.code !== 0) refused++;
    }
    return { counts: { studies: files, refused }, note: `${files} studies, ${refused} refused` };
  },
};

/** A third fits the schema, and a third does so but for one change: what reads those is behind the schema. */
function malformed(study: StudyFile, random: RandomStream): string {
  const chance = random.next();
  if (chance < 0.1) return mutateText(JSON.stringify(study), random);
  if (chance < 0.35) return jsonOf(mutateValue(study, random, random.pick([1, 1, 1, 2, 5])));
  let drawn: unknown = study;
  for (let change = random.pick([1, 1, 2, 4]); change > 0; change--) drawn = redrawn(drawn, SCHEMA, random);
  return jsonOf(chance < 0.7 ? drawn : changeOnce(drawn, random));
}

/** Many fields, so that each is hit. */
const FULL: StudyFile = {
  name: 'full',
  data: { drawn: { family: 'pictograms', perClass: { train: 3, validation: 2, test: 1 }, seed: 1, difficulty: 0.4 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  search: {
    ...{ strategy: 'bayesian', trials: 20, seed: 5, startupTrials: 4, confirm: { top: 2, repeats: 1 } },
    enqueue: [{ learningRate: 0.001, optimizer: 'sgd', momentum: 0.9, batchSize: 8, dropout: 0 }],
  },
  pruner: { type: 'percentile', percentile: 25, minEpochs: 2, startupTrials: 3, significance: { confidence: 0.9 } },
  training: { epochs: 5, headEpochs: 2, views: 2, unfreezeDepth: 1, augmentation: 'mine' },
  augmentations: { mine: [{ type: 'horizontalFlip' }] },
  objective: { metric: 'macroF1', direction: 'maximize' },
  baseline: { epochs: 2 },
  resources: { workers: 2, gpus: 0, engine: 'cpu', lanes: 2, epochTimeout: 60, maxFailuresInARow: 2 },
};

function drawnSpace(random: RandomStream): StudyFile {
  return {
    space: {
      learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: random.pick(['log', 'linear']) },
      optimizer: { type: 'choice', values: ['adam', 'sgd'] },
      momentum: { type: 'float', min: 0.5, max: 0.99, step: 0.01, when: { optimizer: ['sgd'] } },
      batchSize: { type: 'choice', values: [4, 8, 16], ordinal: true },
      dropout: { type: 'int', min: 0, max: 0, step: 1 },
    },
  };
}
