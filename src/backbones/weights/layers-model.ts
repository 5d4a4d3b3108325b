// Exports a trained network as a tfjs layers model that a plain `tf.loadLayersModel` reads and that takes raw pixels.
import { must } from '../../system/must.js';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { type OfTask, isMultilabel } from '../../study/task.js';
import type { Backbone } from '../backbone.js';
import { parameterSpecs } from '../parameters.js';
import { preprocessingConvolution } from '../preprocessing.js';
import { sizeOf, type HostTensor, type WeightType } from '../../graph/host-tensor.js';
import { halvedWeights } from '../../math/half-precision.js';
import { writeAtomically } from '../../system/atomic-file.js';
import { backboneTopology, ZEROS, type TopologyLayer } from './layers-model-topology.js';
import { PREPROCESSING_LAYER } from './match.js';

export interface TrainedNetwork extends OfTask {
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Every parameter of the backbone, and `head/kernel` [channels, classes] and `head/bias` [classes]. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** Names of the classes in the order of the outputs. */
  readonly classes: readonly string[];
  /** Of several labels an image: from which probability on each is given. */
  readonly thresholds?: readonly number[];
  /** Rate of the dropout before the head; it does nothing in inference. */
  readonly dropout: number;
}

interface LayersModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly [{ readonly paths: readonly string[]; readonly weights: readonly object[] }];
}

export interface LayersModel {
  /** The content of model.json; its weights are in `weights.bin`. */
  readonly json: Readonly<Record<string, unknown>> & LayersModelJson;
  /** The numbers of weights.bin, in the order of the manifest; Uint16Array: the bits of float16 numbers. */
  readonly tensors: readonly (Float32Array | Uint16Array)[];
}

/**
 * The model: input [N, side, side, 3], RGB in 0 … 255; output class probabilities [N, classes]. The preprocessing is its first layer, a
 * frozen 1×1 convolution, which is exact because no padding comes before it. Class names are in `userDefinedMetadata.classes`,
 * and thresholds of labels, each of which has a probability of its own, in `userDefinedMetadata.thresholds`.
 * @param storage float16: kernels take half the room, and tfjs makes float32 of them again when it loads the model.
 */
export function toLayersModel(network: TrainedNetwork, storage: WeightType = 'float32'): LayersModel {
  const { backbone, inputSize, classes, dropout, thresholds } = network;
  const activation = isMultilabel(network) ? 'sigmoid' : 'softmax';
  const layers = backboneTopology(backbone, inputSize);
  const append = (className: string, name: string, config: Record<string, unknown>): void => {
    layers.push({ className, name, config, inputs: [must(layers.at(-1), 'a layer').name] });
  };
  append('GlobalAveragePooling2D', 'pooled', { data_format: 'channels_last' });
  if (dropout > 0) append('Dropout', 'dropout', { rate: dropout });
  append('Dense', 'head', { units: classes.length, activation, use_bias: true, kernel_initializer: ZEROS });
  const entries = weightEntries(network);
  const tensors = entries.map(([, { data, shape }]) => {
    return (storage === 'float16' ? halvedWeights(data, shape) : undefined) ?? data;
  });
  const weights = entries.map(([name, { shape }], i) => {
    const halved = tensors[i] instanceof Uint16Array ? { quantization: { dtype: 'float16' } } : {};
    return { name, shape, dtype: 'float32', ...halved };
  });
  const json: LayersModel['json'] = {
    format: 'layers-model',
    generatedBy: 'hpo',
    convertedBy: null,
    modelTopology: {
      class_name: 'Model',
      config: modelConfig(backbone.name, layers),
      keras_version: 'tfjs-layers 4',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
    userDefinedMetadata: thresholds === undefined ? { classes } : { classes, thresholds },
  };
  return { json, tensors };
}

/** Writes model.json and weights.bin into the folder, which is created where it is missing. In this order an incomplete export cannot be read. */
export async function saveLayersModel(folder: string, { json, tensors }: LayersModel): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bytes = tensors.map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  await writeAtomically(join(folder, 'weights.bin'), bytes);
  await writeAtomically(join(folder, 'model.json'), [Buffer.from(JSON.stringify(json))]);
}

function modelConfig(name: string, layers: readonly TopologyLayer[]): Record<string, unknown> {
  return {
    name: name.replaceAll('.', '_'),
    layers: layers.map((layer) => ({
      name: layer.name,
      class_name: layer.className,
      config: { trainable: true, ...layer.config, name: layer.name },
      inbound_nodes: layer.inputs.length === 0 ? [] : [layer.inputs.map((input) => [input, 0, 0, {}])],
    })),
    input_layers: [[must(layers[0], 'a layer').name, 0, 0]],
    output_layers: [[must(layers.at(-1), 'a layer').name, 0, 0]],
  };
}

/** Names as tfjs knows them, with the weights that its layers have beyond ours. */
function weightEntries({
  backbone,
  weights,
  classes,
}: TrainedNetwork): (readonly [string, Pick<HostTensor, 'shape' | 'data'>])[] {
  const take = (name: string, shape: readonly number[]): Pick<HostTensor, 'shape' | 'data'> => {
    const tensor = weights.get(name);
    if (tensor?.data.length === sizeOf(shape)) return { shape, data: tensor.data };
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected ${name} [${shape.join(', ')}], got ${tensor ? `[${tensor.shape.join(', ')}]` : 'none'}`,
    );
  };
  const entries: (readonly [string, Pick<HostTensor, 'shape' | 'data'>])[] = [];
  if (backbone.preprocessing !== 'none') {
    const { kernel, bias } = preprocessingConvolution(backbone.preprocessing);
    entries.push([`${PREPROCESSING_LAYER}/kernel`, { shape: [1, 1, 3, 3], data: kernel }]);
    entries.push([`${PREPROCESSING_LAYER}/bias`, { shape: [3], data: bias }]);
  }
  const specs = parameterSpecs(backbone);
  const names = new Set(specs.map((spec) => spec.name));
  for (const { name, layer, weight, shape, role } of specs) {
    if (weight === 'beta' && !names.has(`${layer}/gamma`)) {
      entries.push([`${layer}/gamma`, { shape, data: new Float32Array(sizeOf(shape)).fill(1) }]);
    }
    entries.push([role === 'depthwiseKernel' ? `${layer}/depthwise_kernel` : name, take(name, shape)]);
  }
  const channels = weights.get('head/kernel')?.shape[0] ?? 0;
  entries.push(['head/kernel', take('head/kernel', [channels, classes.length])]);
  entries.push(['head/bias', take('head/bias', [classes.length])]);
  return entries;
}
