// The trials whose weights a study has kept, as models and with what they said of the validation images.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bestTrials } from '../../controller/confirmation.js';
import { HpoError } from '../../study/errors.js';
import type { Trial } from '../../study/trial.js';
import { lowestBlock } from '../../trainer/model/ensemble.js';
import {
  bestWeightsFile,
  readBestProbabilities,
  readBestWeights,
  trainedModel,
  type TrainedModel,
} from '../../trainer/model/trained-model.js';
import type { StudyView } from '../files/read-study.js';
import { checkBackbone } from '../setup/check-backbone.js';
import { backboneOfTrial } from './trainer-configuration.js';

export interface KeptModel {
  readonly trial: Trial;
  readonly model: TrainedModel;
  /** As in an ensemble. */
  readonly ownFrom: number;
  /** Of the validation images, [images, classes] row by row. */
  readonly probabilities: Float32Array;
}

/**
 * What the trial said of the validation images in its best epoch; undefined where an earlier version trained it, and where it has folds: its
 * weights are those of the first, which held other images back.
 * @throws HpoError ERR_CHECKPOINT where its weights are missing or damaged.
 */
export async function probabilitiesOf(
  { layout, record }: Pick<StudyView, 'layout' | 'record'>,
  { number, best, folds }: Pick<Trial, 'number' | 'best' | 'folds'>,
): Promise<Float32Array | undefined> {
  if (folds !== undefined) return undefined;
  const found = await readBestProbabilities(bestWeightsFile(join(layout.trials, String(number))), best?.epoch, number);
  const images = record.images?.counts.validation.reduce((sum, count) => sum + count, 0);
  return found?.shape[0] === images && found?.shape[1] === record.images?.classes.length ? found?.data : undefined;
}

/**
 * The kept models that can be averaged with the best one, that one first.
 * @throws HpoError ERR_USAGE where there is none beside it, or where it is a model file; ERR_CHECKPOINT, ERR_WEIGHTS.
 */
export async function keptModels(view: StudyView): Promise<KeptModel[]> {
  const { definition, history, layout, record } = view;
  const classes = record.images?.classes ?? [];
  const found: KeptModel[] = [];
  for (const trial of bestTrials(history, history.trials.length)) {
    const folder = join(layout.trials, String(trial.number));
    if (!existsSync(bestWeightsFile(folder))) continue;
    const probabilities = await probabilitiesOf(view, trial);
    const { backbone, choice } = checkBackbone(backboneOfTrial(definition, trial), dirname(layout.root));
    if (probabilities === undefined || backbone.file !== undefined) continue;
    const resize = definition.data !== undefined && 'resize' in definition.data ? definition.data.resize : 'crop';
    const parts = { backbone: choice, classes, resize, seed: definition.search.seed };
    const model = await trainedModel(parts, folder, trial.best?.epoch, trial.number);
    if (found[0] !== undefined && found[0].model.inputSize !== model.inputSize) continue;
    const own = await readBestWeights(bestWeightsFile(folder), trial.best?.epoch, trial.number);
    found.push({ trial, model, probabilities, ownFrom: lowestBlock(backbone, own.keys()) });
  }
  if (found.length >= 2) return found;
  throw new HpoError(
    'ERR_USAGE',
    `expected the weights of 2 or more trials of built-in backbones with one input size for an ensemble, got ${found.length}: a study keeps those of its best trial, or with "search": { "keep": 5 } those of the best 5; trials of earlier versions have no stored probabilities`,
  );
}
