// A trial's model put together: the backbone's weights, with those that the trial trained in their place.
import { HpoError } from '../../study/errors.js';
import { backboneWeights } from '../../backbones/backbone-weights.js';
import { getBackbone } from '../../backbones/registry.js';
import type { BackboneChoice } from '../cnn-settings.js';
import type { Resize } from '../../images/pixels.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import { readSafetensors } from '../../backbones/weights/safetensors.js';
import type { ClassifierNetwork } from './classifier.js';

/** What it takes to classify an image file. */
export interface TrainedModel extends ClassifierNetwork {
  readonly classes: readonly string[];
  readonly resize: Resize;
}

/** What a trained model is put together from. */
export interface ModelParts {
  readonly backbone: BackboneChoice;
  readonly classes: readonly string[];
  readonly resize: Resize;
  /** Of the study; random weights follow from it. */
  readonly seed: number;
}

/**
 * The model of a trial's best epoch.
 * @param weightsFile the trial's `best.safetensors`.
 * @throws HpoError ERR_WEIGHTS where the file is missing, or is not of this backbone and these classes.
 */
export async function trainedModel(parts: ModelParts, weightsFile: string): Promise<TrainedModel> {
  const { classes, resize } = parts;
  const backbone = getBackbone(parts.backbone.name);
  const weights = await backboneWeights(backbone, parts.backbone.weights, parts.seed);
  const { tensors } = await readSafetensors(weightsFile);
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
  return { backbone, inputSize: parts.backbone.inputSize ?? backbone.inputSize, weights, classes, resize };
}
