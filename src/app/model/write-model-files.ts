// Writes everything that the folder of a model holds: the network in the formats that were asked for, and what is known of it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WeightType } from '../../graph/host-tensor.js';
import type { ImagesRecord } from '../../study/events.js';
import { compactJson } from '../../system/compact-json.js';
import type { EnsembleMember } from '../../trainer/model/ensemble.js';
import { MODEL_FORMATS, exportEnsemble, exportModel } from '../../trainer/model/exported-model.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';
import { type ExportFormat, ensembleFormats, writtenFormats } from './export-formats.js';
import { classifierPage } from './classifier-page.js';
import { type CardResult, modelCard } from './model-card.js';
import { weightsLicence } from './weights-licence.js';
import { pythonProgram } from './usage-snippets.js';
import type { TrainerConfiguration } from './trainer-configuration.js';

export interface ModelFilesOptions {
  /** What to write the network as. Default: onnx and tfjs; of a backbone that is a model file, onnx. */
  readonly formats?: readonly ExportFormat[] | undefined;
  /** How its weights are stored. Default: float32. float16 takes half the room; what computes with them is float32. */
  readonly dtype?: WeightType | undefined;
}

export interface ModelContent {
  readonly model: TrainedModel;
  /** With paths as seen from the folder. */
  readonly configuration: TrainerConfiguration;
  readonly images: ImagesRecord | undefined;
  readonly results: readonly CardResult[];
  readonly origin: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** The content of metrics.json. */
  readonly metrics: object;
  /** What the metadata of an ONNX file say beside the usual. */
  readonly remarks?: Readonly<Record<string, string>>;
  /** What the logits were divided by, where the probabilities are calibrated. */
  readonly temperature?: number | undefined;
  /** Several models in one; `model` is the first of them. */
  readonly ensemble?: EnsembleContent | undefined;
}

export interface EnsembleContent {
  readonly members: readonly EnsembleMember[];
  /** The content of ensemble.json. */
  readonly about: object;
}

/** @param folder it exists. */
export async function writeModelFiles(
  folder: string,
  { formats: wanted, dtype = 'float32' }: ModelFilesOptions,
  content: ModelContent,
): Promise<void> {
  const { model, configuration, metrics, remarks, ensemble, ...facts } = content;
  const { classes, inputSize, resize } = model;
  const { name, training } = configuration;
  const formats = ensemble === undefined ? writtenFormats(wanted, model.backbone, dtype) : ensembleFormats(wanted);
  const splits = facts.results.map((result) => [result.split, result.metrics] as const);
  const about = { name, metrics: Object.fromEntries(splits), ...(remarks === undefined ? {} : { remarks }) };
  if (ensemble !== undefined) await exportEnsemble(ensemble.members, folder, { dtype, facts: about });
  else {
    await exportModel(model, folder, {
      formats: MODEL_FORMATS.filter((format) => formats.includes(format)),
      dtype,
      dropout: training.dropout,
      facts: about,
    });
  }
  const licence = weightsLicence(configuration.backbone, model.backbone);
  if (formats.includes('python')) {
    const program = pythonProgram(resize, model.thresholds !== undefined);
    await writeFile(join(folder, 'classify.py'), `${program}\n`);
  }
  if (formats.includes('page')) await writeFile(join(folder, 'page.html'), classifierPage(model, about, dtype));
  if (ensemble === undefined) await writeFile(join(folder, 'config.json'), compactJson(configuration));
  else await writeFile(join(folder, 'ensemble.json'), `${JSON.stringify(ensemble.about, null, 2)}\n`);
  await writeFile(join(folder, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  await writeFile(
    join(folder, 'model-card.md'),
    modelCard({ configuration, inputSize, licence, classes, formats, isEnsemble: ensemble !== undefined, ...facts }),
  );
}
