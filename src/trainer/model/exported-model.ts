// A model in a folder: as a tfjs layers model, as an ONNX file, or both, and the facts that a program needs to feed it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HpoError, messageOf } from '../../study/errors.js';
import { MAX_INPUT_SIZE } from '../../study/schema/backbone-schema.js';
import { readRegularFile } from '../../system/regular-file.js';
import { problemsOf, formatProblem } from '../../study/schema/problems.js';
import { getBackbone } from '../../backbones/registry.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import type { HostTensor, WeightType } from '../../graph/host-tensor.js';
import { writeAtomically } from '../../system/atomic-file.js';
import { saveLayersModel, toLayersModel } from '../../backbones/weights/layers-model.js';
import { loadBackboneWeights } from '../../backbones/weights/load.js';
import { hasThresholds, readTfjsLayersModel } from '../../backbones/weights/tfjs-layers-model.js';
import { RESIZES, checkedThresholds, classesSchema, thresholdsSchema } from './model-input.js';
import { must } from '../../system/must.js';
import { type EnsembleMember, ensembleGraph } from './ensemble.js';
import { type ModelFacts, toOnnxModel } from './onnx-model.js';
import type { TrainedModel } from './trained-model.js';

export const INPUT_FILE = 'input.json';
export const ONNX_FILE = 'model.onnx';
export const TFJS_FILE = 'model.json';
const MAX_INPUT_BYTES = 16e6;

const inputSchema = z.object({
  backbone: z.string(),
  inputSize: z.int().min(1).max(MAX_INPUT_SIZE),
  resize: z.enum(RESIZES),
  classes: classesSchema,
  thresholds: z.exactOptional(thresholdsSchema),
});

export const MODEL_FORMATS = ['onnx', 'tfjs'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

export interface ExportModelOptions {
  /** Files of the network; none writes input.json alone. */
  readonly formats: readonly ModelFormat[];
  /** How weights are stored. */
  readonly dtype: WeightType;
  /** Rate of the dropout before the head, for who trains the tfjs model further. */
  readonly dropout: number;
  readonly facts: ModelFacts;
}

/** Writes input.json, of tfjs model.json with weights.bin, of onnx model.onnx into a folder, which is made where it is missing. */
export async function exportModel(model: TrainedModel, folder: string, options: ExportModelOptions): Promise<void> {
  const { backbone, inputSize, resize, classes, thresholds } = model;
  const { formats, dtype, dropout, facts } = options;
  await mkdir(folder, { recursive: true });
  if (formats.includes('tfjs')) await saveLayersModel(folder, toLayersModel({ ...model, dropout }, dtype));
  if (formats.includes('onnx')) {
    await writeAtomically(join(folder, ONNX_FILE), [toOnnxModel(model, facts, dtype)]);
  }
  await writeInput(folder, {
    ...{ backbone: backbone.name, inputSize, resize, classes: [...classes] },
    ...(thresholds === undefined ? {} : { thresholds: [...thresholds] }),
  });
}

/** Writes input.json and model.onnx of several models in one. */
export async function exportEnsemble(
  members: readonly EnsembleMember[],
  folder: string,
  { dtype, facts }: Pick<ExportModelOptions, 'dtype' | 'facts'>,
): Promise<void> {
  const { model } = must(members[0], 'a member');
  const { inputSize, resize, classes } = model;
  const graph = ensembleGraph(members);
  await writeAtomically(join(folder, ONNX_FILE), [toOnnxModel(model, facts, dtype, graph)]);
  const backbone = [...new Set(members.map((member) => member.model.backbone.name))].join('+');
  await writeInput(folder, { backbone, inputSize, resize, classes: [...classes] });
}

async function writeInput(folder: string, about: z.input<typeof inputSchema>): Promise<void> {
  const input = {
    ...about,
    pixels:
      'RGB, 0 … 255, shape [batch, inputSize, inputSize, 3]; the model preprocesses them itself. Photographs are resized with a cubic kernel',
  };
  await writeAtomically(join(folder, INPUT_FILE), [Buffer.from(`${JSON.stringify(input, null, 2)}\n`)]);
}

/** Reads the tfjs model that `exportModel` wrote. Throws ERR_WEIGHTS naming the file that is missing or wrong. */
export async function loadExportedModel(folder: string): Promise<TrainedModel> {
  const { backbone: name, ...input } = await readInput(join(folder, INPUT_FILE));
  const backbone = getBackbone(name);
  const file = join(folder, TFJS_FILE);
  const weights = await loadBackboneWeights(backbone, file);
  await checkTask(file, input.thresholds);
  for (const [entry, tensor] of await headOf(file, input.classes.length)) weights.set(entry, tensor);
  return { backbone, weights, ...input, ...thresholdsIn(input, folder) };
}

/** A softmax in place of a sigmoid, or the other way round, would give other probabilities and no error. */
async function checkTask(file: string, thresholds: readonly number[] | undefined): Promise<void> {
  const isOfLabels = await hasThresholds(file);
  if (isOfLabels === (thresholds !== undefined)) return;
  const got = isOfLabels ? 'none' : 'some, of a model that gives one class';
  const expected = isOfLabels ? 'thresholds of the labels' : 'no thresholds';
  throw new HpoError('ERR_WEIGHTS', `expected ${expected} in ${INPUT_FILE}, got ${got} at ${file}`);
}

function thresholdsIn(
  { thresholds, classes }: Pick<TrainedModel, 'thresholds' | 'classes'>,
  folder: string,
): ReturnType<typeof checkedThresholds> {
  try {
    return checkedThresholds(thresholds, classes);
  } catch (cause) {
    throw new HpoError('ERR_WEIGHTS', `${messageOf(cause)} at ${join(folder, INPUT_FILE)}`, { cause });
  }
}

async function readInput(file: string): Promise<z.output<typeof inputSchema>> {
  try {
    const value: unknown = JSON.parse((await readRegularFile(file, MAX_INPUT_BYTES)).toString('utf8'));
    const parsed = inputSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new Error(problemsOf(parsed.error.issues, value).map(formatProblem).join('; '));
  } catch (cause) {
    throw new HpoError('ERR_WEIGHTS', `expected an exported model, got ${messageOf(cause)} at ${file}`, { cause });
  }
}

/** The classifier's weights, which must fit the classes: a probability more or less would be that of another class. */
async function headOf(file: string, classes: number): Promise<Map<string, HostTensor>> {
  const layer = (await readTfjsLayersModel(file)).find(({ name }) => name === 'head');
  const entries = (layer?.weights ?? []).map(({ name, shape, data }) => {
    return [`head/${name}`, { shape, role: 'plain', data }] as const;
  });
  const head = new Map<string, HostTensor>(entries);
  const kernel = head.get(HEAD_KERNEL)?.shape;
  const bias = head.get(HEAD_BIAS)?.shape;
  if (kernel === undefined || bias === undefined) {
    throw new HpoError('ERR_WEIGHTS', `expected a layer named head with kernel and bias, got none at ${file}`);
  }
  if (kernel.length === 2 && kernel[1] === classes && bias.length === 1 && bias[0] === classes) return head;
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected a head for the ${classes} classes of ${INPUT_FILE}, got kernel [${kernel.join(', ')}] and bias [${bias.join(', ')}] at ${file}`,
  );
}
