// Weights under PyTorch's names and in its order of dimensions, as layers of a backbone.
import { HpoError } from '../../../study/errors.js';
import type { Backbone, Layer } from '../../backbone.js';
import type { StoredLayer, StoredWeight } from '../stored-layer.js';
import { type TorchNames, torchNamesOf } from './torch-names.js';

export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Whether the names are those of a PyTorch state dict: modules joined by dots, weights called weight and bias. */
export function isTorch(names: Iterable<string>): boolean {
  for (const name of names) if (/(^|\.)(weight|running_mean)$/.test(name) && !name.includes('/')) return true;
  return false;
}

/**
 * The file's weights as layers of the backbone, with Keras's names and order of dimensions. What belongs to the classifier is left out.
 * BatchNorms of another epsilon than the description's are carried over in gamma, exact in inference: γ′ = γ · √((σ² + ε′) / (σ² + ε)).
 * @throws HpoError ERR_WEIGHTS where PyTorch's form of the backbone is not known, a module is missing, or a convolution is left over.
 */
export function torchLayers(
  backbone: Backbone,
  tensors: ReadonlyMap<string, TorchTensor>,
  file: string,
  others: readonly Backbone[] = [],
): StoredLayer[] {
  const names = namesFor(backbone, tensors);
  if (names === undefined) throw notKnown(backbone, tensors, file, others);
  const layers = backbone.blocks.flatMap((block) => block.layers);
  const stored = layers.flatMap((layer): StoredLayer[] => {
    const module = names.modules.get(layer.name);
    if (module === undefined) return [];
    const weights = weightsOf(layer, module, names, tensors);
    if (weights.length > 0) return [{ name: layer.name, weights }];
    throw new HpoError('ERR_WEIGHTS', `expected the module ${module} of ${names.library}, got none at ${file}`);
  });
  const further = leftOver([...names.modules.values()], tensors);
  if (further === undefined) return stored;
  throw new HpoError('ERR_WEIGHTS', `expected no further convolution, got ${further} at ${file}`);
}

/** Convolutions of the classifier: timm's MobileNetV3 has one after the pooling. Inception's auxiliary classifier. */
const IGNORED = /^(classifier|head|fc|conv_head|AuxLogits)\./;

/** The form of which the first and the last module are there. */
function namesFor(backbone: Backbone, tensors: ReadonlyMap<string, TorchTensor>): TorchNames | undefined {
  return torchNamesOf(backbone).find(({ modules }) => {
    const [first, ...rest] = modules.values();
    return tensors.has(`${first}.weight`) && tensors.has(`${rest.at(-1) ?? first}.weight`);
  });
}

function notKnown(
  backbone: Backbone,
  tensors: ReadonlyMap<string, TorchTensor>,
  file: string,
  others: readonly Backbone[],
): HpoError {
  const fitting = others.filter((other) => other.name !== backbone.name && fits(other, tensors));
  const [example = ''] = tensors.keys();
  const advice =
    fitting.length > 0
      ? `: they fit backbone ${fitting.map(({ name }) => name).join(' or ')}`
      : '; a file of the network under names that are not known here can be exported to ONNX';
  const got = `PyTorch's names that do not fit ${backbone.name} (${example}, …)`;
  return new HpoError('ERR_WEIGHTS', `expected weights of ${backbone.name}, got ${got} at ${file}${advice}`);
}

/** Whether every module is there, and no convolution is left over. */
function fits(backbone: Backbone, tensors: ReadonlyMap<string, TorchTensor>): boolean {
  const names = namesFor(backbone, tensors);
  const modules = [...(names?.modules.values() ?? [])];
  return (
    modules.length > 0 &&
    modules.every((module) => tensors.has(`${module}.weight`)) &&
    leftOver(modules, tensors) === undefined
  );
}

/** A convolution that the network does not have. */
function leftOver(modules: readonly string[], tensors: ReadonlyMap<string, TorchTensor>): string | undefined {
  const used = new Set(modules);
  for (const [name, { shape }] of tensors) {
    const isConvolution = shape.length === 4 && !used.has(name.slice(0, name.lastIndexOf('.')));
    if (isConvolution && !IGNORED.test(name)) return `${name} [${shape.join(', ')}]`;
  }
  return undefined;
}

function weightsOf(
  layer: Layer,
  module: string,
  names: TorchNames,
  tensors: ReadonlyMap<string, TorchTensor>,
): StoredWeight[] {
  const take = (name: string): TorchTensor | undefined => tensors.get(`${module}.${name}`);
  const named = (name: string, tensor: TorchTensor | undefined): StoredWeight[] =>
    tensor === undefined ? [] : [{ name, ...tensor }];
  const weight = take('weight');
  if (layer.op === 'batchNorm') {
    const variance = take('running_var');
    const gamma = weight && variance ? rescaled(weight, variance, names.epsilon, layer.epsilon) : weight;
    return [
      ...named('gamma', gamma),
      ...named('beta', take('bias')),
      ...named('moving_mean', take('running_mean')),
      ...named('moving_variance', variance),
    ];
  }
  const kernel = weight && toKeras(weight, layer.op === 'depthwiseConv');
  return [...named('kernel', kernel), ...named('bias', take('bias'))];
}

/** Gamma for a BatchNorm with another epsilon. */
function rescaled(gamma: TorchTensor, variance: TorchTensor, from: number, to: number): TorchTensor {
  if (from === to || gamma.data.length !== variance.data.length) return gamma;
  const data = gamma.data.map((value, c) => {
    const own = variance.data[c] ?? 0;
    return value * Math.sqrt((own + to) / (own + from));
  });
  return { shape: gamma.shape, data };
}

/** [out, in, height, width] → [height, width, in, out]; depthwise [channels, 1, height, width] → [height, width, channels, 1]. */
export function toKeras({ shape, data }: TorchTensor, isDepthwise: boolean): TorchTensor {
  if (shape.length !== 4) return { shape, data };
  const [out = 0, into = 0, height = 0, width = 0] = shape;
  const turned = new Float32Array(data.length);
  const size = height * width;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < into; i++) {
      for (let p = 0; p < size; p++) turned[(p * into + i) * out + o] = data[(o * into + i) * size + p] ?? 0;
    }
  }
  // With one channel in, [height, width, 1, channels] has the same order of numbers as [height, width, channels, 1].
  return { shape: isDepthwise && into === 1 ? [height, width, out, 1] : [height, width, into, out], data: turned };
}
