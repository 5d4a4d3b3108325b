// A trial's complete configuration: the study's fixed training fields and the trial's parameters.
import { z } from 'zod';
import type { Backbone } from '../../backbones/backbone.js';
import { HpoError } from '../../study/errors.js';
import type { Parameters } from '../../study/parameters.js';
import { formatProblem, problemsOf } from '../../study/schema/problems.js';
import { type TrainingConfiguration, TRAINING_DEFAULTS, trainingFields } from '../../study/schema/training-schema.js';

const completeSchema = z.strictObject(trainingFields);

/**
 * Merges defaults, fixed fields and parameters; later ones win. A parameter `backbone` is left out.
 * @throws HpoError ERR_STUDY_INVALID naming every field that is wrong.
 */
export function configurationOf(fixed: Partial<TrainingConfiguration>, parameters: Parameters): TrainingConfiguration {
  const { backbone: _, ...fields } = parameters;
  const merged = { ...TRAINING_DEFAULTS, ...fixed, ...fields };
  const parsed = completeSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error.issues, merged).map(formatProblem).join('; ');
  throw new HpoError('ERR_STUDY_INVALID', `training configuration: ${problems}`);
}

/** The configuration with at most so many blocks to unfreeze: backbones of one study may have different numbers of blocks. */
export function clampDepth(configuration: TrainingConfiguration, blocks: number): TrainingConfiguration {
  return { ...configuration, unfreezeDepth: Math.min(configuration.unfreezeDepth, blocks) };
}

/** The configuration for a backbone without BatchNorm: there are no statistics that could be the target's. */
export function withoutStatistics(configuration: TrainingConfiguration): TrainingConfiguration {
  return { ...configuration, batchNormStatistics: 'source' };
}

/**
 * The same configuration for a network of random weights: everything is trained from the first epoch, and no weight is held to its start.
 */
export function fromScratch(
  configuration: TrainingConfiguration,
  blocks: number,
  epochs = configuration.epochs,
): TrainingConfiguration {
  const whole = { unfreezeDepth: blocks, headEpochs: 0, unfreezing: 'atOnce', blockDecay: 1 } as const;
  return { ...configuration, ...whole, epochs, l2sp: 0, ewc: 0 };
}

/** The most blocks that a study may unfreeze; throws where the configuration wants more. */
export function checkDepth(configuration: TrainingConfiguration, backbone: Backbone): void {
  const blocks = trainableBlocks(backbone);
  if (configuration.unfreezeDepth <= blocks) return;
  throw new HpoError(
    'ERR_STUDY_INVALID',
    `unfreezeDepth: expected at most ${blocks}, ${whatBounds(backbone)}, found ${configuration.unfreezeDepth}`,
  );
}

/** Blocks from the top that can be trained. */
export function trainableBlocks({ blocks, file }: Backbone): number {
  return file?.trainable.depth ?? blocks.length;
}

/** What bounds the depth, for messages. */
export function whatBounds({ name, file }: Backbone): string {
  return file?.trainable.reason ?? `the blocks of ${name}`;
}
