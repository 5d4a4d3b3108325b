// The best trial's model, opened to show in a report where it looked.
import { dirname, join } from 'node:path';
import { winnerOf } from '../../controller/confirmation.js';
import { trainedModel } from '../../trainer/model/trained-model.js';
import { taskOf } from '../../study/task.js';
import type { StudyView } from '../files/read-study.js';
import { type OpenClassifier, openClassifier } from '../model/open-classifier.js';
import { backboneOfTrial } from '../model/trainer-configuration.js';
import { checkBackbone } from '../setup/check-backbone.js';

/**
 * The caller closes it. Undefined where no trial of the built-in trainer has a value, or the backbone is a model file.
 * @throws HpoError ERR_CHECKPOINT, ERR_WEIGHTS where the trial's weights are gone or damaged; ERR_ENGINE.
 */
export async function openWinner({
  definition,
  history,
  layout,
  record,
}: Pick<StudyView, 'definition' | 'history' | 'layout' | 'record'>): Promise<OpenClassifier | undefined> {
  const trial = winnerOf(history)?.trial;
  const { data } = definition;
  if (trial?.best === undefined || data === undefined || record.images === undefined) return undefined;
  const { backbone, choice } = checkBackbone(backboneOfTrial(definition, trial), dirname(layout.root));
  // Its arrays lie as the file has them: which of them are positions is not known.
  if (backbone.file !== undefined) return undefined;
  const resize = 'resize' in data ? data.resize : 'crop';
  const { images } = record;
  const parts = { backbone: choice, classes: images.classes, resize, seed: definition.search.seed, ...taskOf(images) };
  const epoch = trial.folds?.[0]?.epoch ?? trial.best.epoch;
  const model = await trainedModel(parts, join(layout.trials, String(trial.number)), epoch, trial.number);
  return openClassifier(model, 'onnx');
}
