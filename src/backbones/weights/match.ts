// Fits the layers of a weights file to a backbone: by name, or in order where the file's names are others.
import { must } from '../../system/must.js';
import { HpoError } from '../../study/errors.js';
import type { Backbone } from '../backbone.js';
import { parameterSpecs, type ParameterSpec } from '../parameters.js';
import { PREPROCESSING } from '../preprocessing.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import type { StoredLayer, StoredWeight } from './stored-layer.js';

/** The layer of exported models that holds the preprocessing; no part of the backbone. */
export const PREPROCESSING_LAYER = 'preprocessing';

type Pairing = readonly (readonly [ParameterSpec, StoredWeight])[];
/** What does not fit, as "expected …, got …". */
type Mismatch = string;

/**
 * The backbone's parameters out of a file's layers. Layers that a backbone lacks are passed over if they are no convolutions (the top of
 * a classifier). Throws ERR_WEIGHTS for the first layer that does not fit, with both shapes; `file` is for messages.
 */
export function matchWeights(
  backbone: Backbone,
  stored: readonly StoredLayer[],
  file: string,
): Map<string, HostTensor> {
  const layers = stored.filter((layer) => layer.weights.length > 0 && !isPreprocessing(backbone, layer, file));
  const wanted = specsByLayer(backbone);
  const byName = pairByName(wanted, layers);
  const pairing = typeof byName === 'string' ? pairInOrder(wanted, layers) : byName;
  if (typeof pairing === 'string') {
    const known = layers.filter((layer) => wanted.has(layer.name)).length;
    const mismatch = 2 * known >= wanted.size && typeof byName === 'string' ? byName : pairing;
    throw new HpoError('ERR_WEIGHTS', `${mismatch} at ${file}, which does not fit ${backbone.name}`);
  }
  return new Map(pairing.map(([spec, weight]) => [spec.name, tensorOf(spec, weight, file)]));
}

function specsByLayer(backbone: Backbone): ReadonlyMap<string, ParameterSpec[]> {
  const layers = new Map<string, ParameterSpec[]>();
  for (const spec of parameterSpecs(backbone)) layers.set(spec.layer, [...(layers.get(spec.layer) ?? []), spec]);
  return layers;
}

function pairByName(wanted: ReadonlyMap<string, ParameterSpec[]>, layers: readonly StoredLayer[]): Pairing | Mismatch {
  const found = new Map(layers.map((layer) => [layer.name, layer]));
  const pairs: (readonly [ParameterSpec, StoredWeight])[] = [];
  for (const [name, specs] of wanted) {
    const layer = found.get(name);
    if (!layer) return `expected layer ${name} with ${listed(specs)}, got no such layer`;
    const paired = pairLayer(specs, layer);
    if (typeof paired === 'string') return paired;
    pairs.push(...paired);
  }
  return unexpectedConvolution(layers.filter((layer) => !wanted.has(layer.name))) ?? pairs;
}

function pairInOrder(wanted: ReadonlyMap<string, ParameterSpec[]>, layers: readonly StoredLayer[]): Pairing | Mismatch {
  const pairs: (readonly [ParameterSpec, StoredWeight])[] = [];
  let position = 0;
  for (const [name, specs] of wanted) {
    const layer = layers[position++];
    if (!layer) return `expected layer ${name} with ${listed(specs)}, got only ${layers.length} layers with weights`;
    const paired = pairLayer(specs, layer);
    if (typeof paired === 'string') return paired;
    pairs.push(...paired);
  }
  return unexpectedConvolution(layers.slice(position)) ?? pairs;
}

/** By the names of the weights, or in order where these are others; then shape by shape. */
function pairLayer(specs: readonly ParameterSpec[], layer: StoredLayer): Pairing | Mismatch {
  const weights = layer.weights.filter((weight) => !isNeutral(weight, specs));
  const found = new Map(weights.map((weight) => [weight.name, weight]));
  const named = specs.every((spec) => found.has(spec.weight));
  const pairs = specs.map((spec, i) => [spec, named ? found.get(spec.weight) : weights[i]] as const);
  const fits = pairs.every(([spec, weight]) => weight && sameShape(spec.shape, weight.shape));
  if (fits && weights.length === specs.length) return pairs as Pairing;
  return `expected layer ${must(specs[0], 'a weight of the layer').layer} with ${listed(specs)}, got ${layer.name} with ${listed(layer.weights)}`;
}

/** A gamma of ones, where the backbone's BatchNorm has none. */
function isNeutral(weight: StoredWeight, specs: readonly ParameterSpec[]): boolean {
  return (
    weight.name === 'gamma' &&
    specs.every((spec) => spec.weight !== 'gamma') &&
    weight.data.every((value) => value === 1)
  );
}

/** A convolution that no layer of the backbone asked for means that the file is of another network (VGG19 for VGG16). */
function unexpectedConvolution(layers: readonly StoredLayer[]): Mismatch | undefined {
  const unexpected = layers.find((layer) => layer.weights.some((weight) => weight.shape.length === 4));
  return unexpected && `expected no further convolution, got ${unexpected.name} with ${listed(unexpected.weights)}`;
}

/** Keras's EfficientNet holds its normalisation as a layer; here it is preprocessing, and must be the one that is known. */
function isPreprocessing(backbone: Backbone, layer: StoredLayer, file: string): boolean {
  if (layer.name === PREPROCESSING_LAYER) return true;
  if (backbone.preprocessing !== 'torch' || !layer.name.startsWith('normalization')) return false;
  const { mean } = PREPROCESSING.torch;
  const data = layer.weights[0]?.data ?? [];
  if (mean.every((value, channel) => Math.abs(value - (data[channel] ?? NaN)) < 1e-3)) return true;
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected the mean [${mean.join(', ')}] in layer ${layer.name}, got [${data.join(', ')}] at ${file}`,
  );
}

function tensorOf(spec: ParameterSpec, { data }: StoredWeight, file: string): HostTensor {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new HpoError('ERR_WEIGHTS', `expected finite numbers, got ${data[bad]} in ${spec.name} at ${file}`);
  return { shape: spec.shape, role: spec.role, data };
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

function listed(
  weights: readonly { readonly shape: readonly number[]; readonly weight?: string; readonly name: string }[],
): string {
  return weights.map(({ weight, name, shape }) => `${weight ?? name} [${shape.join(', ')}]`).join(', ');
}
