// Trains one configuration in this thread, epoch by epoch.
import { mkdir } from 'node:fs/promises';
import { HpoError } from '../../study/errors.js';
import { isBetter, valueOf } from '../../study/objective.js';
import type { Train } from '../../study/train.js';
import type { Report } from '../../study/trial.js';
import type { CnnSettings } from '../../trainer/cnn-settings.js';
import { createTrain } from '../../trainer/cnn-trainer.js';
import type { TrainerConfiguration } from './trainer-configuration.js';

export interface TrainEpochsOptions {
  readonly settings: CnnSettings;
  readonly identity: TrainerConfiguration['identity'];
  /** Where checkpoints lie; training goes on from those of the same configuration, and starts over where they are of another. */
  readonly checkpoints: string;
  /**
   * After which epoch a final model is done: it is trained on all images outside of the test, so no epoch is known to be better than the
   * last. Undefined for a model with validation images, whose best epoch counts.
   */
  readonly last?: number | undefined;
  readonly onReport?: ((report: Report, isBest: boolean) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The report of the best epoch, or of the last one of a final model; undefined where the signal came first, with the epochs so far kept. @throws HpoError ERR_DIVERGED. */
export async function trainEpochs(options: TrainEpochsOptions): Promise<Report | undefined> {
  await mkdir(options.checkpoints, { recursive: true });
  const train = await createTrain(options.settings);
  try {
    return await epochs(train, options);
  } finally {
    await train.dispose();
  }
}

async function epochs(
  train: Train,
  { settings, identity, checkpoints, last, onReport, signal }: TrainEpochsOptions,
): Promise<Report | undefined> {
  const { objective } = settings;
  const assignment = { ...identity, parameters: {}, directory: checkpoints, reported: 0 };
  const context = {
    signal: signal ?? new AbortController().signal,
    slot: 0,
    log: () => {},
    progress: () => {},
    share: () => 1,
  };
  let best: { readonly report: Report; readonly value: number } | undefined;
  for await (const report of train(assignment, context)) {
    const value = valueOf(objective, report);
    const isBest = value !== undefined && (best === undefined || isBetter(objective, value, best.value));
    if (isBest) best = { report, value };
    onReport?.(report, isBest || last !== undefined);
    if (report.epoch === last) return report;
    if (signal?.aborted === true) return undefined;
  }
  if (best === undefined) throw new HpoError('ERR_DIVERGED', `no epoch has a finite ${objective.metric}`);
  return best.report;
}
