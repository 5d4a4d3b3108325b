// From a study of the built-in trainer to what its workers need: images indexed, backbone checked, weights at hand.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { backboneWeights } from '../../trainer/backbone-weights.js';
import type { Backbone } from '../../trainer/backbones/backbone.js';
import { getBackbone } from '../../trainer/backbones/registry.js';
import { outputShape } from '../../trainer/backbones/shapes.js';
import type { BackboneChoice } from '../../trainer/cnn-settings.js';
import { weightsDigest } from '../../trainer/weights/digest.js';
import { fieldValues } from './field-values.js';

/** What of a study the check needs. */
type Trained = Pick<StudyDefinition, 'backbone' | 'space' | 'training'>;

export interface CheckedBackbone {
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** With an absolute path. */
  readonly choice: BackboneChoice;
}

/**
 * The study's backbone, with what can be checked without loading anything.
 * @throws HpoError ERR_BACKBONE, ERR_WEIGHTS, ERR_STUDY_INVALID.
 */
export function checkBackbone(definition: Trained, directory: string): CheckedBackbone {
  const wanted = definition.backbone;
  if (wanted === undefined) throw new HpoError('ERR_STUDY_INVALID', 'expected a backbone, got none');
  const backbone = getBackbone(wanted.name);
  const inputSize = wanted.inputSize ?? backbone.inputSize;
  outputShape(backbone, inputSize);
  checkDepths(definition, backbone);
  const weights = wanted.weights === undefined ? undefined : weightsPath(wanted.weights, directory);
  return { backbone, inputSize, choice: { name: backbone.name, weights, inputSize } };
}

function checkDepths(definition: Trained, backbone: Backbone): void {
  const blocks = backbone.blocks.length;
  const depths = fieldValues(definition, 'unfreezeDepth').filter((depth) => typeof depth === 'number');
  const deepest = Math.max(...depths);
  if (deepest <= blocks) return;
  const place = definition.space['unfreezeDepth'] === undefined ? 'training.unfreezeDepth' : 'space.unfreezeDepth';
  throw new HpoError(
    'ERR_STUDY_INVALID',
    `${place}: expected at most ${blocks}, the blocks of ${backbone.name}, found ${deepest}`,
  );
}

function weightsPath(weights: string, directory: string): string {
  if (weights === 'random') return weights;
  const path = resolve(directory, weights);
  if (existsSync(path)) return path;
  throw new HpoError('ERR_WEIGHTS', `expected a weights file at backbone.weights, got nothing at ${path}`);
}

/**
 * Loads the weights once, so that what is wrong with them is said before any worker starts.
 * @returns their digest. @throws HpoError ERR_WEIGHTS.
 */
export async function digestWeights({ backbone, choice }: CheckedBackbone, seed: number): Promise<string> {
  return weightsDigest(await backboneWeights(backbone, choice.weights, seed)).slice(0, 32);
}
