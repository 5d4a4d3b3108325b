// A trainer configuration with everything that it names at hand: images indexed, backbone and engine chosen.
import { dirname, resolve } from 'node:path';
import type { SingleCnnSettings } from '../../trainer/cnn-settings.js';
import { besideIndexing } from '../setup/beside-indexing.js';
import { chooseEngineFor } from '../setup/engine-sources.js';
import { checkBackbone, checkDepths } from '../setup/check-backbone.js';
import { cnnSettings } from '../setup/cnn-settings.js';
import { thisMachine, workerShare } from '../setup/machine.js';
import type { Outlet } from '../terminal.js';
import { type TrainerConfiguration, readTrainerConfiguration } from './trainer-configuration.js';

export interface TrainingJob {
  readonly configuration: TrainerConfiguration;
  /** Of the configuration's file. */
  readonly directory: string;
  readonly settings: SingleCnnSettings;
}

/** @throws HpoError for whatever would keep it from training. */
export async function openTrainingJob(file: string, err: Outlet): Promise<TrainingJob> {
  const configuration = await readTrainerConfiguration(file);
  const directory = dirname(resolve(file));
  const { data, training, augmentations, objective, identity, backbone } = configuration;
  const { choice, ...checked } = checkBackbone(backbone, directory);
  checkDepths({ training, space: {} }, checked.backbone);
  const { seed } = identity;
  const [index, engine] = await besideIndexing({ data, directory, seed }, err, (meanwhile) =>
    chooseEngineFor(configuration.engine, { meanwhile }),
  );
  for (const warning of [...engine.warnings, ...index.warnings]) err.line(`${err.style.yellow('warning:')} ${warning}`);
  const maxDepth = Math.max(identity.maxDepth ?? 0, training.unfreezeDepth);
  const settings = cnnSettings({
    study: configuration.name,
    data,
    index,
    backbone: choice,
    training,
    augmentations,
    objective,
    seed,
    engine: engine.name,
    reuse: true,
    ...workerShare(1, thisMachine()),
    maxDepth,
  });
  return { configuration, directory, settings };
}
