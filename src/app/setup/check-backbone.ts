// The backbones of a study: checked as far as possible before anything is loaded, then their weights.
import { must } from '../../system/must.js';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { backboneChoices, isModelFile, weightsFor } from '../../study/schema/backbone-schema.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { backboneWeights } from '../../backbones/backbone-weights.js';
import type { Backbone } from '../../backbones/backbone.js';
import { cachedModel, hubFile } from '../../backbones/download/hub/hub-cache.js';
import { formatHubName, isHubName, parseHubName } from '../../backbones/download/hub/hub-name.js';
import { openBackbone } from '../../backbones/open-backbone.js';
import { getBackbone } from '../../backbones/registry.js';
import { trainableBlocks, whatBounds } from '../../trainer/finetune/configuration.js';
import { outputShape } from '../../backbones/shapes.js';
import type { BackboneChoice } from '../../trainer/cnn-settings.js';
import { networkDigest } from '../../backbones/weights/digest.js';
import { fieldValues } from './field-values.js';

export interface CheckedBackbone {
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** With an absolute path. */
  readonly choice: BackboneChoice;
}

export interface CheckBackboneOptions {
  /** For whoever asks for architectures alone. A model file is needed all the same: it is the architecture. Default: false. */
  readonly mayLackWeights?: boolean;
}

/**
 * The study's backbone, or those that its trials choose from, with what can be checked without loading anything.
 * @throws HpoError ERR_BACKBONE, ERR_WEIGHTS, ERR_STUDY_INVALID.
 */
export function checkBackbones(
  definition: Pick<StudyDefinition, 'backbone' | 'space' | 'training'>,
  directory: string,
  options: CheckBackboneOptions = {},
): readonly CheckedBackbone[] {
  const { backbone: wanted, space } = definition;
  if (wanted === undefined) throw new HpoError('ERR_STUDY_INVALID', 'expected a backbone, got none');
  const names = backboneChoices(space);
  const place = names === undefined ? 'backbone.name' : 'space.backbone.values';
  const checked = (names ?? [must(wanted.name, 'the name of a backbone')]).map((name) => {
    return checkBackbone({ ...wanted, name, weights: weightsFor(wanted, name) }, directory, place, options);
  });
  const [only, ...others] = checked;
  // Of several each unfreezes what it has.
  if (only !== undefined && others.length === 0) checkDepths(definition, only.backbone);
  return checked;
}

/** One backbone by itself. @throws HpoError ERR_BACKBONE, ERR_WEIGHTS. */
export function checkBackbone(
  given: BackboneChoice,
  directory: string,
  place?: string,
  { mayLackWeights = false }: CheckBackboneOptions = {},
): CheckedBackbone {
  const wanted = withHubModel(given);
  const { name, inputSize: size, output, pool, preprocessing } = wanted;
  const reading = { output, pool, preprocessing };
  const modelFile = [wanted.file, wanted.weights, name].find(isModelFile);
  if (modelFile !== undefined) {
    const file = modelPath(modelFile, directory);
    const weights = wanted.weights === 'random' ? 'random' : undefined;
    const backbone = openBackbone({ name, file, inputSize: size, ...reading });
    const { inputSize } = backbone;
    return { backbone, inputSize, choice: { name, file, weights, inputSize, ...reading } };
  }
  const backbone = getBackbone(name, place);
  const [field] = Object.entries(reading).find(([, value]) => value !== undefined) ?? [];
  if (field !== undefined) {
    throw new HpoError('ERR_BACKBONE', `expected no backbone.${field}, because ${backbone.name} is no model file`);
  }
  const inputSize = size ?? backbone.inputSize;
  outputShape(backbone, inputSize);
  const weights = wanted.weights === undefined ? undefined : weightsPath(wanted.weights, directory, mayLackWeights);
  return { backbone, inputSize, choice: { name: backbone.name, weights, inputSize } };
}

/** A model of the hub is a file in this machine's cache. Throws ERR_WEIGHTS where it is not there. */
function withHubModel(given: BackboneChoice): BackboneChoice {
  const { name, weights, file } = given;
  if (file !== undefined) return given;
  const isWhole = isHubName(name) && (weights === undefined || weights === 'random');
  if (isWhole) return { ...given, file: modelOfHub(name) };
  // Weights of the hub that are a whole model: the name is the person's own.
  const isHub = weights !== undefined && isHubName(weights);
  const found = isHub ? cachedModel(parseHubName(weights, 'backbone.weights'))?.file : undefined;
  return found !== undefined && isModelFile(found) ? { ...given, file: found, weights: undefined } : given;
}

function modelOfHub(name: string): string {
  const file = hubFile(name);
  if (isModelFile(file)) return file;
  throw new HpoError(
    'ERR_BACKBONE',
    `expected an ONNX model, got ${name}, a file of weights: name a backbone, and it in backbone.weights`,
  );
}

/** Throws ERR_STUDY_INVALID where a trial would unfreeze more blocks than there are. */
export function checkDepths(definition: Pick<StudyDefinition, 'space' | 'training'>, backbone: Backbone): void {
  const blocks = trainableBlocks(backbone);
  const depths = fieldValues(definition, 'unfreezeDepth').filter((depth) => typeof depth === 'number');
  const deepest = Math.max(...depths);
  if (deepest <= blocks) return;
  const place = definition.space['unfreezeDepth'] === undefined ? 'training.unfreezeDepth' : 'space.unfreezeDepth';
  throw new HpoError(
    'ERR_STUDY_INVALID',
    `${place}: expected at most ${blocks}, ${whatBounds(backbone)}, found ${deepest}`,
  );
}

function modelPath(file: string, directory: string): string {
  const path = resolve(directory, file);
  if (existsSync(path)) return path;
  throw new HpoError('ERR_WEIGHTS', `expected an ONNX file at backbone.weights, got nothing at ${path}`);
}

function weightsPath(weights: string, directory: string, mayBeMissing: boolean): string {
  if (weights === 'random') return weights;
  if (isHubName(weights)) return formatHubName(parseHubName(weights, 'backbone.weights'));
  const path = resolve(directory, weights);
  if (mayBeMissing || existsSync(path)) return path;
  throw new HpoError('ERR_WEIGHTS', `expected a weights file at backbone.weights, got nothing at ${path}`);
}

/**
 * Loads all weights once, so that what is wrong with them is said before any worker starts.
 * @returns what a study's record says of them. @throws HpoError ERR_WEIGHTS.
 */
export async function digestWeights(checked: readonly CheckedBackbone[], seed: number): Promise<string> {
  const digests: string[] = [];
  for (const { backbone, choice } of checked) {
    const digest = networkDigest(backbone, await backboneWeights(backbone, choice.weights, seed)).slice(0, 32);
    digests.push(checked.length === 1 ? digest : `${backbone.name}=${digest}`);
  }
  return digests.join(' ');
}
