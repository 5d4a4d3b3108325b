// What the built-in trainer can be told. Every field can be fixed in `training` or searched in `space`.
import { z } from 'zod';

export const AUGMENTATION_PRESETS = ['none', 'flip', 'standard', 'strong', 'weather'] as const;

/** The fields of `training`, each without its default. */
export const trainingFields = {
  epochs: z.int().min(1).max(10_000).describe('Epochs of a full trial, the head phase included.'),
  headEpochs: z.int().min(0).describe('Epochs of the head alone before the top blocks join it.'),
  batchSize: z.int().min(1).max(65_536).describe('Images per training step.'),
  learningRate: z
    .number()
    .min(0)
    .max(100)
    .describe('Peak rate after the head phase; in all epochs where nothing is unfrozen.'),
  headLearningRate: z.number().min(0).max(100).describe('Rate of the head phase.'),
  unfreezeDepth: z.int().min(0).describe('Blocks of the backbone that are trained, from the top; 0 is the head alone.'),
  dropout: z.number().min(0).lt(1).describe('Share of pooled features dropped before the last layer.'),
  l2: z.number().min(0).describe('Weight of the squared kernels of all trained layers in the loss, as in Keras.'),
  augmentation: z.enum(AUGMENTATION_PRESETS).describe('How training images are varied.'),
  optimizer: z.enum(['adam', 'sgd', 'rmsprop']).describe('The update rule.'),
  schedule: z.enum(['constant', 'cosine']).describe('How the rate moves after the head phase.'),
  views: z.int().min(1).max(1000).describe('Different augmentations of an image; epoch e shows view e mod views.'),
} as const;

export type TrainingField = keyof typeof trainingFields;

/** What a field is where neither `training` nor `space` says. */
export const TRAINING_DEFAULTS = {
  epochs: 12,
  headEpochs: 2,
  batchSize: 32,
  learningRate: 1e-3,
  headLearningRate: 1e-3,
  unfreezeDepth: 0,
  dropout: 0.2,
  l2: 0,
  augmentation: 'standard',
  optimizer: 'adam',
  schedule: 'cosine',
  views: 4,
} as const satisfies { [Field in TrainingField]: z.output<(typeof trainingFields)[Field]> };

/** A trial's complete training configuration: defaults, `training` and the trial's parameters. */
export type TrainingConfiguration = { [Field in TrainingField]: z.output<(typeof trainingFields)[Field]> };

/** `training` as the file writes it; defaults are filled in once the space is known. */
export const trainingSchema = z.strictObject(trainingFields).partial();

/** Whether the built-in trainer has a field of this name. */
export function isTrainingField(name: string): name is TrainingField {
  return Object.hasOwn(trainingFields, name);
}
