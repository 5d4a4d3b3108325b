// A trial's model put together: the backbone's weights, with those that the trial trained in their place.
import { join } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { backboneWeights } from '../../backbones/backbone-weights.js';
import { openBackbone } from '../../backbones/open-backbone.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import type { BackboneChoice } from '../cnn-settings.js';
import type { Resize } from '../../images/resize.js';
import { DEFAULT_THRESHOLD } from '../../metrics/labels/thresholds.js';
import { type OfTask, isMultilabel } from '../../study/task.js';
import { readModelEvaluation } from '../evaluation.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import { BEST_WEIGHTS, readTrialWeights } from '../finetune/checkpoint.js';
import type { ClassifierNetwork } from './classifier.js';
import { type ModelInput, checkedThresholds } from './model-input.js';

/** What it takes to classify an image file. */
export interface TrainedModel extends ClassifierNetwork, ModelInput {}

/** What a trained model is put together from. */
export interface ModelParts extends OfTask {
  readonly backbone: BackboneChoice;
  readonly classes: readonly string[];
  readonly resize: Resize;
  /** Of the study; random weights follow from it. */
  readonly seed: number;
}

/** The file with the weights of a trial's best epoch. */
export function bestWeightsFile(directory: string): string {
  return join(directory, BEST_WEIGHTS);
}

/**
 * The weights of a trial's best epoch.
 * @param trial its number, where the file must be that trial's.
 * @throws HpoError ERR_CHECKPOINT where the file is missing, damaged, or of another epoch or trial than the study believes.
 */
export async function readBestWeights(
  file: string,
  epoch: number | undefined,
  trial?: number,
): Promise<ReadonlyMap<string, HostTensor>> {
  return (await readBest(file, epoch, trial)).tensors;
}

/**
 * What the best epoch said of the validation images, [images, classes]; undefined where an earlier version trained the trial.
 * @throws HpoError ERR_CHECKPOINT as `readBestWeights`.
 */
export async function readBestProbabilities(
  file: string,
  epoch: number | undefined,
  trial: number,
): Promise<HostTensor | undefined> {
  return (await readBest(file, epoch, trial)).probabilities;
}

async function readBest(
  file: string,
  epoch: number | undefined,
  trial: number | undefined,
): ReturnType<typeof readTrialWeights> {
  const found = await readTrialWeights(file, trial);
  const { metadata } = found;
  if (metadata['epoch'] === String(epoch)) return found;
  throw new HpoError('ERR_CHECKPOINT', `expected the weights of epoch ${epoch}, got ${metadata['epoch']} at ${file}`);
}

/**
 * The model of a trial's best epoch. Thresholds of labels are those of its evaluation, which lies beside the weights.
 * @param directory the trial's folder.
 * @param trial its number, where the weights must be that trial's.
 * @throws HpoError ERR_WEIGHTS where the weights are not of this backbone and these classes, ERR_CHECKPOINT where they are missing,
 * damaged, or of another epoch.
 */
export async function trainedModel(
  parts: ModelParts,
  directory: string,
  epoch: number | undefined,
  trial?: number,
): Promise<TrainedModel> {
  const weightsFile = bestWeightsFile(directory);
  const { classes, resize } = parts;
  const backbone = openBackbone(parts.backbone);
  const weights = await backboneWeights(backbone, parts.backbone.weights, parts.seed);
  const tensors = await readBestWeights(weightsFile, epoch, trial);
  for (const [name, tensor] of tensors) {
    const expected = weights.get(name)?.shape ?? (name === HEAD_BIAS ? [classes.length] : undefined);
    if (expected !== undefined && expected.join() !== tensor.shape.join()) {
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected ${name} [${expected.join(', ')}], got [${tensor.shape.join(', ')}] at ${weightsFile}`,
      );
    }
    weights.set(name, tensor);
  }
  if (!tensors.has(HEAD_KERNEL))
    throw new HpoError('ERR_WEIGHTS', `expected ${HEAD_KERNEL}, got none at ${weightsFile}`);
  const inputSize = parts.backbone.inputSize ?? backbone.inputSize;
  const model = { backbone, inputSize, weights, classes, resize };
  if (!isMultilabel(parts)) return model;
  const evaluation = await readModelEvaluation(directory, epoch, trial);
  const { thresholds = classes.map(() => DEFAULT_THRESHOLD) } = evaluation ?? {};
  return { ...model, ...checkedThresholds(thresholds, classes), task: 'multilabel' };
}
