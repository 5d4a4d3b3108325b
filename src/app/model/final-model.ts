// The model of a study with folds: trained on all images outside of the test, for the epochs that the folds found.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HpoError } from '../../study/errors.js';
import type { Report } from '../../study/trial.js';
import { counted } from '../../system/format.js';
import type { Messages } from '../messages.js';
import type { CheckedBackbone } from '../setup/check-backbone.js';
import { prepareTrainer } from '../setup/prepare-trainer.js';
import { trainEpochs } from './train-epochs.js';
import type { TrainerConfiguration } from './trainer-configuration.js';

export interface FinalModelOptions extends Pick<Messages, 'onProgress' | 'onPhase' | 'onWarning'> {
  /** Downloads no weights. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
  readonly onReport?: ((report: Report) => void) | undefined;
  /** Once aborted, training stops after its epoch; the same call continues. */
  readonly signal?: AbortSignal | undefined;
}

export interface FinalModelInput {
  readonly configuration: TrainerConfiguration;
  readonly checked: CheckedBackbone;
  /** Where the configuration's relative paths begin. */
  readonly directory: string;
  /** Where checkpoints go. */
  readonly staging: string;
}

/**
 * Trains it, or goes on with an earlier call.
 * @returns the folder of its weights.
 * @throws HpoError ERR_USAGE where the signal came first; what `prepareTrainer` throws.
 */
export async function trainFinalModel(
  { configuration, checked, directory, staging }: FinalModelInput,
  options: FinalModelOptions,
): Promise<string> {
  const { identity, training, validation } = configuration;
  const { seed } = identity;
  const maxDepth = Math.max(identity.maxDepth ?? 0, training.unfreezeDepth);
  const precisions = [training.precision];
  const input = { ...configuration, directory, backbones: [checked], seed, maxDepth, precisions };
  const { settings } = await prepareTrainer(input, { ...options, images: identity.images });
  const { length } = settings.index.splits.train;
  const epochs = counted(validation?.epochs ?? training.epochs, 'epoch');
  options.onProgress?.(`training the final model on all ${counted(length, 'image')} outside of the test for ${epochs}`);
  const checkpoints = join(staging, 'checkpoint');
  await mkdir(checkpoints, { recursive: true });
  const { onReport, signal } = options;
  const report = await trainEpochs({ settings, identity, checkpoints, last: validation?.epochs, onReport, signal });
  if (report === undefined) {
    throw new HpoError('ERR_USAGE', 'expected to train the final model, got interrupted; the same command continues');
  }
  return checkpoints;
}
