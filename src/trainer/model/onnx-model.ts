// A trained model as one ONNX file: pixels in, class probabilities out, and in its metadata what a program needs to feed it.
import { z } from 'zod';
import { preprocessingOf } from '../../backbones/preprocessing.js';
import type { WeightType } from '../../graph/host-tensor.js';
import type { Graph } from '../../graph/graph.js';
import { portableModel } from '../../graph/onnx/portable-model.js';
import { readMetadata } from '../../graph/onnx/model.js';
import { HpoError, messageOf } from '../../study/errors.js';
import { MAX_INPUT_SIZE } from '../../study/schema/backbone-schema.js';
import { formatProblem, problemsOf } from '../../study/schema/problems.js';
import { must } from '../../system/must.js';
import { readRegularFile } from '../../system/regular-file.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import { classifierGraph } from './classifier.js';
import { type ModelInput, RESIZES, checkedThresholds, classesSchema, thresholdsSchema } from './model-input.js';
import type { TrainedModel } from './trained-model.js';

/** Names of the model's input, uint8 [batch, side, side, 3], and of its output, float32 [batch, classes]. */
export const ONNX_PORTS = { input: 'pixels', output: 'probabilities' } as const;

/** What protobuf can hold. */
const MAX_MODEL_BYTES = 2 ** 31;

/** What a model file says beside how to feed it. */
export interface ModelFacts {
  readonly name: string;
  /** Of each split that it was evaluated on. */
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What else the metadata of an ONNX file say: texts by key. */
  readonly remarks?: Readonly<Record<string, string>>;
}

/**
 * The bytes of the file. Preprocessing is part of the network; images are resized before.
 * @param graph of several models, of which `model` is one; default: that of the model.
 */
export function toOnnxModel(
  model: TrainedModel,
  { name, metrics, remarks = {} }: ModelFacts,
  dtype: WeightType,
  graph?: Graph,
): Uint8Array {
  const { backbone, inputSize, resize, classes, weights, thresholds } = model;
  // What no graph has runs as the file has it: for one image.
  const file = backbone.file?.isGraph('pooled') === false ? backbone.file : undefined;
  const batch = file === undefined ? 'batch' : 1;
  const input = {
    name: ONNX_PORTS.input,
    type: 'uint8',
    shape: [batch, inputSize, inputSize, 3],
    channels: 'RGB',
    range: [0, 255],
    size: inputSize,
    resize,
    kernel: 'cubic',
  };
  const output = { name: ONNX_PORTS.output, type: 'float32', shape: [batch, classes.length] };
  const metadata = {
    name,
    classes: JSON.stringify(classes),
    ...(thresholds === undefined ? {} : { task: 'multilabel', thresholds: JSON.stringify(thresholds) }),
    input: JSON.stringify(input),
    output: JSON.stringify(output),
    preprocessing: JSON.stringify({ ...preprocessingOf(backbone.preprocessing), place: 'in the network' }),
    backbone: backbone.name,
    metrics: JSON.stringify(metrics),
    dtype,
    ...remarks,
  };
  const kind =
    thresholds === undefined ? `of ${classes.length} classes` : `that gives each of ${classes.length} labels or not`;
  const description = `${name}: an image classifier ${kind}, fine-tuned with hpo`;
  if (file !== undefined) {
    const kernel = must(weights.get(HEAD_KERNEL), 'the kernel of the head');
    const bias = must(weights.get(HEAD_BIAS), 'the bias of the head');
    const activation = thresholds === undefined ? 'softmax' : 'sigmoid';
    return file.classifier({ weights, kernel, bias, activation, ports: ONNX_PORTS, description, metadata });
  }
  return portableModel(graph ?? classifierGraph(model), { dtype, description, metadata });
}

const inputSchema = z.object({ size: z.int().min(1).max(MAX_INPUT_SIZE), resize: z.enum(RESIZES) });

/**
 * The bytes of a model file and what its metadata say of its input.
 * @throws HpoError ERR_WEIGHTS where the file cannot be read or hpo did not write it.
 */
export async function readOnnxModel(file: string): Promise<{ readonly bytes: Uint8Array; readonly input: ModelInput }> {
  try {
    const bytes = await readRegularFile(file, MAX_MODEL_BYTES);
    const metadata = readMetadata(bytes);
    const { size, resize } = parsed(metadata, 'input', inputSchema);
    const classes = parsed(metadata, 'classes', classesSchema);
    const thresholds = metadata.has('thresholds') ? parsed(metadata, 'thresholds', thresholdsSchema) : undefined;
    if (metadata.get('task') === 'multilabel' && thresholds === undefined) {
      throw new Error("one of several labels an image without the metadata 'thresholds'");
    }
    const { thresholds: checked } = checkedThresholds(thresholds, classes);
    const input = { inputSize: size, resize, classes };
    return { bytes, input: checked === undefined ? input : { ...input, thresholds: checked } };
  } catch (cause) {
    const message = `expected an ONNX model that hpo exported, got ${messageOf(cause)} at ${file}`;
    throw new HpoError('ERR_WEIGHTS', message, { cause });
  }
}

function parsed<T>(metadata: ReadonlyMap<string, string>, key: string, schema: z.ZodType<T>): T {
  const text = metadata.get(key);
  if (text === undefined) throw new Error(`one without the metadata '${key}'`);
  const value: unknown = JSON.parse(text);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Error(`metadata '${key}': ${problemsOf(result.error.issues, value).map(formatProblem).join('; ')}`);
}
