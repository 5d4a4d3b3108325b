// A first study.json for a set of images: defaults that suit its size and balance.
import type { LabelList } from '../../images/tables/label-cells.js';
import { type OfTask, isMultilabel } from '../../study/task.js';
import type { StudyInput } from '../files/study-file.js';

export interface ImageFacts extends OfTask {
  /** Names in order. */
  readonly classes: readonly string[];
  /** Images of each class in the training split, or in the one folder. */
  readonly counts: readonly number[];
  /** Where they have several labels, and the counts do not add up. */
  readonly images?: number;
}

export interface FirstStudyOptions extends ImageFacts {
  readonly name: string;
  /** Paths as the file writes them. */
  readonly data:
    | { readonly folder: string }
    | { readonly train: string; readonly validation: string; readonly test?: string }
    | {
        readonly table: string;
        readonly images?: string;
        readonly columns: Readonly<Record<string, string>>;
        readonly labels?: string[] | LabelList;
        /** The splits that the table has rows for. */
        readonly given: { readonly validation: boolean; readonly test: boolean };
      };
  readonly backbone: { readonly name?: string; readonly weights?: string };
  /** Blocks of the backbone that can be trained. */
  readonly blocks: number;
  /** Where editors find the schema. */
  readonly schema: string;
}

/** Classes smaller than this cannot spare images for a test split. */
const SPARE_FROM = 40;
/**
 * Below so many images outside of the test one split says too little: at 500, a fifth of them leaves the accuracy a standard error of 3
 * points at 0.9, more than good configurations differ by. Five folds measure on all of them.
 */
export const FEW_IMAGES = 500;
const FOLDS = 5;
/** Of the smallest class, so that each fold has several. */
const LEAST_OF_CLASS = 4 * FOLDS;
/** Largest class over smallest, above which weighting the loss is worth trying. */
const IMBALANCE = 1.5;
const TEST_SHARE = 0.15;
/** From here on images are many: fewer epochs over them do. */
const MANY = 20_000;

export function firstStudy(options: FirstStudyOptions): StudyInput {
  const { name, data, backbone, blocks, schema, counts } = options;
  const images = options.images ?? counts.reduce((sum, count) => sum + count, 0);
  return {
    $schema: schema,
    name,
    data: withHeldOut(data, Math.min(...counts) >= SPARE_FROM),
    backbone,
    space: space(images, Math.min(4, blocks), imbalanceOf(options) > IMBALANCE),
    search: { strategy: 'bayesian', trials: images > MANY ? 20 : 30, seed: 1, prior: 'fineTuning' },
    pruner: { type: 'freezeThaw' },
    training: { epochs: images > MANY ? 6 : 12, headEpochs: 2 },
    ...(wantsFolds(options) ? { validation: { folds: FOLDS } } : {}),
    objective: { metric: isMultilabel(options) ? 'meanAveragePrecision' : 'macroF1', direction: 'maximize' },
  };
}

/** Whether folds are proposed: for few images, unless somebody chose which are for validation. */
export function wantsFolds(options: Pick<FirstStudyOptions, 'data' | 'counts' | 'classes' | 'task'>): boolean {
  const { data, counts, classes } = options;
  if (isMultilabel(options) || classes.length === 0 || 'train' in data || ('given' in data && data.given.validation))
    return false;
  const images = counts.reduce((sum, count) => sum + count, 0);
  const canSpare = !('given' in data && data.given.test) && Math.min(...counts) >= SPARE_FROM;
  const outside = images * (canSpare ? 1 - TEST_SHARE : 1);
  return outside < FEW_IMAGES && Math.min(...counts) >= LEAST_OF_CLASS;
}

/** What the images' own splits leave out is held out of those for training. */
function withHeldOut(data: FirstStudyOptions['data'], canSpare: boolean): StudyInput['data'] {
  if ('train' in data) return data;
  const heldOut = { validationSplit: 0.2, ...(canSpare ? { testSplit: TEST_SHARE } : {}) };
  if ('folder' in data) return { ...data, ...heldOut };
  const { given, ...table } = data;
  if (given.validation) return table;
  return given.test ? { ...table, validationSplit: heldOut.validationSplit } : { ...table, ...heldOut };
}

/** Images of the largest class over those of the smallest. */
export function imbalanceOf({ counts }: ImageFacts): number {
  return Math.max(...counts) / Math.max(1, Math.min(...counts));
}

function space(images: number, depth: number, isImbalanced: boolean): StudyInput['space'] {
  return {
    learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
    batchSize: { type: 'choice', values: images < 200 ? [4, 8, 16] : images < 2000 ? [8, 16, 32] : [16, 32, 64] },
    unfreezeDepth: { type: 'int', min: 0, max: depth },
    dropout: { type: 'float', min: 0, max: 0.6 },
    l2: { type: 'float', min: 1e-7, max: 1e-2, scale: 'log' },
    augmentation: { type: 'choice', values: ['none', 'flip', 'standard', 'strong'] },
    ...(isImbalanced ? { classWeights: { type: 'choice', values: ['none', 'balanced'] } } : {}),
  };
}
