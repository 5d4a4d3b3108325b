// What a study costs with the built-in trainer: images, arithmetic, memory, disk. Upper bounds, as if nothing were pruned.
import { type ImagesRecord, imagesIn } from '../../study/events.js';
import type { Scalar } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { TRAINING_DEFAULTS } from '../../study/schema/training-schema.js';
import type { Backbone } from '../../backbones/backbone.js';
import { parameterSpecs } from '../../backbones/parameters.js';
import { cutShape } from '../../backbones/frozen-blocks.js';
import { multiplyAccumulates } from '../../backbones/shapes.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { cutAt, pooledChannels } from '../../trainer/finetune/tail.js';
import { optimizerOf } from '../../trainer/finetune/optimizers.js';
import { fieldValues, largestValue } from '../setup/field-values.js';
import { type ShownImages, shownImages } from './shown-images.js';
import { featureBudget } from '../setup/machine.js';
import type { MemoryDivision } from '../setup/memory-budget.js';
import { foldsIn } from '../../study/schema/validation-schema.js';
import type { FoldsPlan, Memory, TrainingPlan, Work } from './study-plan.js';

export interface TrainingCosts {
  readonly definition: StudyDefinition;
  readonly backbone: Backbone;
  readonly inputSize: number;
  readonly images: ImagesRecord;
  readonly trials: number;
  readonly workers: number;
  readonly memory: MemoryDivision;
}

/** A backward pass costs about two forward passes. */
const BACKWARD = 2;
const FLOAT_BYTES = 4;

export function planTraining(
  costs: TrainingCosts,
): Pick<TrainingPlan, 'epochs' | 'stepsPerEpoch' | 'work' | 'memory' | 'featureBudget' | 'disk'> {
  const { definition, memory } = costs;
  const { train } = sizesOf(costs);
  const sizes = fieldValues(definition, 'batchSize').filter((size) => typeof size === 'number');
  return {
    epochs: largestValue(definition, 'epochs'),
    stepsPerEpoch: [Math.ceil(train / Math.max(...sizes)), Math.ceil(train / Math.min(...sizes))],
    work: workOf(costs),
    memory: { ...memory, features: featureSizes(costs) },
    featureBudget: featureBudget(definition),
    disk: diskOf(costs),
  };
}

function workOf(costs: TrainingCosts): Work {
  const { definition, backbone, inputSize } = costs;
  const epochs = largestValue(definition, 'epochs');
  const trials = costs.trials * foldsIn(definition.validation);
  const { trained: inSteps, evaluated, cached, measured } = imagesOf(costs);
  const macs = multiplyAccumulates(backbone, inputSize);
  const depths = depthsOf(definition, backbone);
  const views = sum(fieldValues(definition, 'augmentation').map((strategy) => viewsOf(definition, strategy)));
  const imagesWithoutReuse = trials * epochs * (inSteps + evaluated) + measured;
  const imagesWithReuse = Math.min(imagesWithoutReuse, cached(views) + measured);
  // On its way up an image passes every cut; the head phase takes all of them to the top.
  const highest = macs.length - (fixedAtDepth(definition, depths) ? Math.min(...depths) : 0);
  const deepest = macs.length - Math.max(0, ...depths);
  const tail = sum(macs.slice(deepest));
  const trained = trials * epochs * ((1 + BACKWARD) * inSteps + evaluated) * tail;
  const frozen = imagesWithReuse * sum(macs.slice(0, highest));
  return {
    imagesWithoutReuse,
    imagesWithReuse,
    multiplyAccumulates: frozen + trained,
    frozen,
    featureBytes: featureBytes(costs, views),
  };
}

/** Whether no trial ever trains the head alone. */
function fixedAtDepth(definition: StudyDefinition, depths: readonly number[]): boolean {
  return !depths.includes(0) && largestValue(definition, 'headEpochs') === 0;
}

/** Of every image in every view at every cut. */
function featureBytes(costs: TrainingCosts, views: number): number {
  const { definition, backbone } = costs;
  const shown = imagesOf(costs).cached(views);
  const depths = depthsOf(definition, backbone);
  const cuts = new Set(fixedAtDepth(definition, depths) ? depths : [0, ...depths]);
  return shown * sum([...cuts].map((depth) => imageBytes(costs, depth)));
}

/** Of one image's features; nothing where no block is frozen, since those are the pixels themselves. */
function imageBytes({ definition, backbone, inputSize }: TrainingCosts, depth: number): number {
  const blocks = backbone.blocks.length;
  if (depth === blocks) return 0;
  const shape = cutShape(backbone, inputSize, cutAt(blocks, depth));
  const half = fieldValues(definition, 'featurePrecision').every((precision) => precision === 'float16');
  return sizeOf(shape) * (half ? FLOAT_BYTES / 2 : FLOAT_BYTES);
}

function featureSizes(costs: TrainingCosts): Memory['features'] {
  const { definition, backbone } = costs;
  const views = Math.max(...fieldValues(definition, 'augmentation').map((strategy) => viewsOf(definition, strategy)));
  const shown = imagesOf(costs).cachedOfTrial(views);
  return depthsOf(definition, backbone).map((depth) => ({ depth, bytes: shown * imageBytes(costs, depth) }));
}

/** Images that a trial, or one of its folds, is trained and evaluated on. */
function sizesOf({ definition, images: { counts } }: TrainingCosts): {
  readonly train: number;
  readonly validation: number;
} {
  const all = sum(counts.train);
  if (definition.validation === undefined) return { train: all, validation: sum(counts.validation) };
  const { folds } = definition.validation;
  return { train: Math.round((all * (folds - 1)) / folds), validation: Math.round(all / folds) };
}

function imagesOf(costs: TrainingCosts): ShownImages {
  const own = (views: number): number => shownOf(costs, views);
  return shownImages(costs.definition, { ...sizesOf(costs), own, target: costs.images.target });
}

/** Images of one domain that pass the frozen part once. In folds every image is for training in some and for validation in others. */
function shownOf({ definition, images }: TrainingCosts, views: number): number {
  const all = imagesIn(images, 'train');
  if (definition.validation === undefined) return views * all + imagesIn(images, 'validation');
  const isPlain = fieldValues(definition, 'augmentation').includes('none');
  return (views + (isPlain ? 0 : 1)) * all;
}

/** Undefined where the study has no folds. */
export function foldsPlan(
  { counts, folds: record }: ImagesRecord,
  validation: StudyDefinition['validation'],
): FoldsPlan | undefined {
  if (validation === undefined || record === undefined) return undefined;
  const all = sum(counts.train);
  const sizes = record.counts.map(sum);
  const [fewest, most] = [Math.min(...sizes), Math.max(...sizes)];
  return { ...validation, training: [all - most, all - fewest], validation: [fewest, most] };
}

/** Parameters and slots of each running trial, the best epoch's parameters of each, and of the best trial. */
function diskOf({ definition, backbone, inputSize, workers, images }: TrainingCosts): number {
  const first = backbone.blocks.length - Math.max(0, ...depthsOf(definition, backbone));
  const specs = parameterSpecs(backbone).filter(({ block }) => block >= first);
  const head = (pooledChannels({ backbone, inputSize }) + 1) * images.classes.length;
  const trained = head + sum(specs.map(({ shape }) => shape.reduce((a, b) => a * b, 1)));
  const slots = fieldValues(definition, 'optimizer').map(
    (optimizer) => optimizerOf({ ...TRAINING_DEFAULTS, optimizer: optimizer as 'adam' }).slots.length,
  );
  return FLOAT_BYTES * trained * (workers * (2 + Math.max(...slots)) + 1);
}

/** Every value that unfreezeDepth can take; beyond the backbone's blocks it means all of them. */
function depthsOf(definition: StudyDefinition, { blocks }: Backbone): number[] {
  const values = fieldValues(definition, 'unfreezeDepth').filter((depth) => typeof depth === 'number');
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isList = definition.space['unfreezeDepth']?.type === 'choice';
  const depths = isList ? values : Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return [...new Set(depths.map((depth) => Math.min(depth, blocks.length)))];
}

function viewsOf(definition: StudyDefinition, strategy: Scalar): number {
  return strategy === 'none' ? 1 : Math.min(largestValue(definition, 'views'), largestValue(definition, 'epochs'));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
