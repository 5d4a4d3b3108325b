// What the built-in trainer can be told. Every field can be fixed in `training` or searched in `space`.
import { z } from 'zod';
import { PRECISIONS } from '../precision.js';
import { AUGMENTATION_PRESETS } from '../augmentation-operations.js';

const share = z.number().min(0).lt(1);
const amount = z.number().min(0);
const factor = z.number().gt(0).max(1);

/** The fields of `training`, each without its default. */
export const trainingFields = {
  epochs: z.int().min(1).max(10_000).describe('Epochs of a full trial, including the head phase.'),
  headEpochs: z
    .int()
    .min(0)
    .describe('Epochs of the head alone before the top blocks join it; at most all epochs but one.'),
  batchSize: z.int().min(1).max(65_536).describe('Images per training step.'),
  learningRate: amount
    .max(100)
    .describe('Peak learning rate after the head phase; without unfrozen blocks, in all epochs.'),
  headLearningRate: amount.max(100).describe('Learning rate of the head phase.'),
  unfreezeDepth: z
    .int()
    .min(0)
    .describe('Number of backbone blocks to train, counted from the top; 0 trains only the head.'),
  unfreezing: z
    .enum(['atOnce', 'gradual'])
    .describe('Unfreeze all these blocks after the head phase, or one after the other.'),
  unfreezeEvery: z.int().min(1).describe('Gradual unfreezing: epochs before the next block down joins.'),
  blockDecay: factor.describe(
    "Each block's learning rate as a share of that of the block above it; 1 means one rate for all.",
  ),
  dropout: share.describe('Share of pooled features that is dropped before the last layer.'),
  l1: amount.describe('Weight of the L1 penalty on the kernels of all trained layers, as in Keras.'),
  l2: amount.describe('Weight of the L2 penalty on the kernels of all trained layers, as in Keras.'),
  l2sp: amount.describe('Weight of the squared distance of unfrozen weights from the pre-trained ones (L2-SP).'),
  ewc: amount.describe(
    'Like l2sp, with each weight scaled by its importance for the pre-trained features of the training images (elastic weight consolidation).',
  ),
  labelSmoothing: share.describe('Share of each label that is spread over all classes.'),
  mixup: amount.describe(
    'α of the Beta distribution for mixing pairs of images, where they enter the trained part; 0 is off.',
  ),
  cutmix: amount.describe('Like mixup, for rectangles cut from one image into another; 0 is off.'),
  adversarial: amount.describe(
    'Weight of adversarial adaptation to `data.target`: how strongly features that tell the two domains apart are unlearned; 0 is off.',
  ),
  batchNormStatistics: z
    .enum(['source', 'target'])
    .describe(
      'Whose means and variances BatchNorm uses in the model. target: those of the unlabelled images of `data.target`, in frozen and trained blocks.',
    ),
  classWeights: z.enum(['none', 'balanced']).describe('Whether rarer classes have more weight in the loss.'),
  sampling: z
    .enum(['shuffle', 'balanced'])
    .describe('shuffle: each image once an epoch; balanced: each class equally often.'),
  clipNorm: amount.describe('Maximum norm of the gradient over all weights together; 0 is off.'),
  augmentation: z
    .union([z.enum(AUGMENTATION_PRESETS), z.string().min(1)])
    .describe('How training images are varied: a preset, or one of `augmentations`.'),
  views: z
    .int()
    .min(1)
    .max(1000)
    .describe('Number of views (augmented versions) of an image; epoch e shows view e mod views.'),
  featurePrecision: z
    .enum(['float32', 'float16'])
    .describe(
      'Precision of the frozen features that training starts from; float16 takes half the disk space and memory.',
    ),
  optimizer: z.enum(['adam', 'adamw', 'sgd', 'rmsprop']).describe('The update rule.'),
  momentum: share.describe('SGD: share of the previous update that is added to the next one.'),
  nesterov: z.boolean().describe("SGD: Nesterov's momentum."),
  beta1: share.describe('Adam and AdamW: decay of the mean gradient.'),
  beta2: share.describe('Adam and AdamW: decay of the mean squared gradient.'),
  rho: share.describe('RMSprop: decay of the mean squared gradient.'),
  epsilon: z.number().gt(0).describe('Adam, AdamW and RMSprop: keeps the divisor from zero.'),
  weightDecay: amount.describe('AdamW: share of each kernel that is subtracted at each step, times the learning rate.'),
  schedule: z
    .enum(['constant', 'cosine', 'step', 'plateau', 'oneCycle'])
    .describe('How the learning rate changes after the head phase.'),
  warmupEpochs: amount.describe('Epochs in which the learning rate grows from zero to its peak, after the head phase.'),
  stepEpochs: z.int().min(1).describe('Schedule step: epochs between two drops.'),
  stepFactor: factor.describe('Schedules step and plateau: factor for the learning rate at a drop.'),
  plateauPatience: z.int().min(1).describe('Schedule plateau: epochs without improvement before a drop.'),
  earlyStopping: z
    .int()
    .min(0)
    .describe(
      'Epochs without improvement after which a trial ends; counted once all its blocks are trained. 0 is off.',
    ),
  precision: z
    .enum(PRECISIONS)
    .describe(
      'Precision of products and convolutions in training (mixed precision); bfloat16 and float16 need the engine torch.',
    ),
} as const;

export type TrainingField = keyof typeof trainingFields;

/** A trial's complete training configuration: defaults, `training` and the trial's parameters. */
export type TrainingConfiguration = { [Field in TrainingField]: z.output<(typeof trainingFields)[Field]> };

export type FeaturePrecision = TrainingConfiguration['featurePrecision'];

/** What a field is where neither `training` nor `space` says. */
export const TRAINING_DEFAULTS: TrainingConfiguration = {
  epochs: 12,
  headEpochs: 2,
  batchSize: 32,
  learningRate: 1e-3,
  headLearningRate: 1e-3,
  unfreezeDepth: 0,
  unfreezing: 'atOnce',
  unfreezeEvery: 1,
  blockDecay: 1,
  dropout: 0.2,
  l1: 0,
  l2: 0,
  l2sp: 0,
  ewc: 0,
  labelSmoothing: 0,
  mixup: 0,
  cutmix: 0,
  adversarial: 0,
  batchNormStatistics: 'source',
  classWeights: 'none',
  sampling: 'shuffle',
  clipNorm: 0,
  augmentation: 'standard',
  views: 4,
  featurePrecision: 'float32',
  optimizer: 'adam',
  momentum: 0.9,
  nesterov: false,
  beta1: 0.9,
  beta2: 0.999,
  rho: 0.9,
  epsilon: 1e-7,
  weightDecay: 0.004,
  schedule: 'cosine',
  warmupEpochs: 0,
  stepEpochs: 5,
  stepFactor: 0.5,
  plateauPatience: 3,
  earlyStopping: 0,
  precision: 'float32',
};

/** `training` as the file writes it; defaults are filled in once the space is known. */
export const trainingSchema = z.strictObject(trainingFields).partial();

/** Whether the built-in trainer has a field of this name. */
export function isTrainingField(name: string): name is TrainingField {
  return Object.hasOwn(trainingFields, name);
}
