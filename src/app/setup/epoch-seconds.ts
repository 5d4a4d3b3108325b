// What an epoch of a study's configurations takes: the plan's multiply-accumulates by the rates of the engine.
import { describeBackbone } from '../../backbones/describe-backbone.js';
import { type ImagesRecord, imagesIn } from '../../study/events.js';
import type { EpochCost, EpochSeconds, TrainingCost } from '../../study/epoch-seconds.js';
import { backboneChoices } from '../../study/schema/backbone-schema.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { PROBED } from '../plan/study-time.js';
import type { CheckedBackbone } from './check-backbone.js';
import { fieldValues, largestValue } from './field-values.js';

/** Forward and backward. */
const PASSES = 3;

/** @param speed images a second of the probe's two tasks. */
export function epochSecondsOf(
  definition: StudyDefinition,
  backbones: readonly Pick<CheckedBackbone, 'backbone' | 'inputSize'>[],
  images: ImagesRecord,
  speed: { readonly forward: number; readonly training: number },
): EpochSeconds {
  const forward = Math.round(speed.forward * PROBED.forward);
  const training = Math.round(speed.training * PROBED.training);
  const epochs = epochWork(definition, backbones, images).map(({ backbone, depth, passed, trained }) => {
    const which = { ...(backbone === undefined ? {} : { backbone }), depth };
    return { ...which, seconds: rounded(passed / forward + trained / training) };
  });
  return { forward, training, epochs };
}

/** Of a study that asks what is cheaper. They follow from the study alone, as measured seconds do not. */
export function epochCostsOf(
  definition: StudyDefinition,
  backbones: readonly Pick<CheckedBackbone, 'backbone' | 'inputSize'>[],
  images: ImagesRecord,
): EpochCost[] {
  return epochWork(definition, backbones, images).map(({ passed, trained, parts, ...which }) => {
    return { ...which, multiplyAccumulates: Math.round(passed + trained), parts };
  });
}

interface EpochWork extends Pick<EpochCost, 'backbone' | 'depth'> {
  /** Multiply-accumulates of passes forward alone, and of training steps with their backward pass. */
  readonly passed: number;
  readonly trained: number;
  readonly parts: TrainingCost;
}

function epochWork(
  definition: StudyDefinition,
  backbones: readonly Pick<CheckedBackbone, 'backbone' | 'inputSize'>[],
  images: ImagesRecord,
): EpochWork[] {
  const names = backboneChoices(definition.space);
  const { train, validation } = imageCounts(definition, images);
  const epochs = Math.max(1, largestValue(definition, 'epochs'));
  const isPlain = fieldValues(definition, 'augmentation').every((strategy) => strategy === 'none');
  const views = isPlain ? 1 : Math.min(epochs, Math.max(1, largestValue(definition, 'views')));
  return backbones.flatMap(({ backbone, inputSize }, i) => {
    const { blocks, trainable } = describeBackbone(backbone, inputSize);
    const macs = blocks.map((block) => block.multiplyAccumulates);
    const name = names?.[i];
    return depthsOf(definition, trainable).map((depth) => {
      const tail = depth === 0 ? 0 : sum(macs.slice(macs.length - depth));
      const frozen = sum(macs) - tail;
      const passed = (frozen * (train * views + validation)) / epochs + tail * validation;
      const trained = PASSES * tail * train;
      const parts = {
        view: Math.round(frozen * train),
        validation: Math.round(frozen * validation),
        epoch: Math.round(tail * validation + trained),
      };
      return { ...(name === undefined ? {} : { backbone: name }), depth, passed, trained, parts };
    });
  });
}

function depthsOf(definition: StudyDefinition, trainable: number): number[] {
  const values = fieldValues(definition, 'unfreezeDepth').filter((depth) => typeof depth === 'number');
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isList = definition.space['unfreezeDepth']?.type === 'choice';
  const depths = isList ? values : Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return [...new Set(depths.map((depth) => Math.min(depth, trainable)))];
}

function imageCounts({ validation }: StudyDefinition, images: ImagesRecord): { train: number; validation: number } {
  const all = imagesIn(images, 'train');
  if (validation === undefined) return { train: all, validation: imagesIn(images, 'validation') };
  return { train: (all * (validation.folds - 1)) / validation.folds, validation: all / validation.folds };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The rates are not known better. */
function rounded(seconds: number): number {
  return Number(seconds.toPrecision(2));
}
