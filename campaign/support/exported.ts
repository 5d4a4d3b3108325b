// An exported model of the campaign's own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseContext } from '../check.js';
import { expectEnd, hpoHere } from './hpo.js';
import { writeStudy } from './studies.js';

const STUDY = {
  name: 'exported',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 2, validation: 1 } } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
  search: { strategy: 'random', trials: 1 },
  training: { epochs: 2, headEpochs: 1, unfreezeDepth: 0, augmentation: 'none' },
  resources: { workers: 1, engine: 'onnx' },
};

/** The folder of a model that works, made once. */
export async function exportedModel({ shared, step }: CaseContext): Promise<string> {
  const model = join(shared, 'model');
  if (existsSync(model)) return model;
  const file = writeStudy(join(shared, 'exported'), STUDY);
  for (const args of [
    ['run', file, '--plain'],
    ['export', file, '--out', model],
  ]) {
    step(`hpo ${args[0]} of the study for a model`);
    expectEnd(await hpoHere(...args), [0], `hpo ${args[0]} of the study for a model`);
  }
  return model;
}
