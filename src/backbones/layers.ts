// Constructors for descriptions: short forms that fill in the usual values.
import {
  BLOCK_INPUT,
  type Activation,
  type ActivationLayer,
  type BatchNormLayer,
  type Block,
  type ConvLayer,
  type DepthwiseConvLayer,
  type GlobalAveragePoolLayer,
  type Layer,
  type MergeLayer,
  type PoolLayer,
} from './backbone.js';
import type { Padding } from '../graph/operations/window.js';

/** A layer whose input, where none is named, is the layer written before it. */
export type Draft = Layer extends infer L
  ? L extends Layer
    ? Omit<L, 'inputs'> & { readonly inputs?: readonly string[] }
    : never
  : never;

type DraftOf<L extends Layer> = Omit<L, 'inputs'> & { readonly inputs?: readonly string[] };
type Window = number | readonly [number, number];

const from = (input: string | undefined): { inputs?: readonly string[] } =>
  input === undefined ? {} : { inputs: [input] };
const window = (size: Window): readonly [number, number] => (typeof size === 'number' ? [size, size] : size);

interface ConvOptions {
  readonly input?: string;
  readonly stride?: number;
  readonly padding?: Padding;
  readonly bias?: boolean;
  readonly activation?: Activation;
}

/** A convolution with bias, stride 1 and 'same' padding unless told otherwise. */
export function conv(
  name: string,
  filters: number,
  size: Window,
  options: ConvOptions & Pick<ConvLayer, 'initialiser'> = {},
): DraftOf<ConvLayer> {
  const { input, stride = 1, padding = 'same', bias = true, ...rest } = options;
  return { op: 'conv', name, filters, size: window(size), stride, padding, bias, ...rest, ...from(input) };
}

/** A depthwise convolution without bias, stride 1 and 'same' padding unless told otherwise. */
export function depthwiseConv(name: string, size: Window, options: ConvOptions = {}): DraftOf<DepthwiseConvLayer> {
  const { input, stride = 1, padding = 'same', bias = false, ...rest } = options;
  return { op: 'depthwiseConv', name, size: window(size), stride, padding, bias, ...rest, ...from(input) };
}

/** Keras's defaults: epsilon 1e-3, momentum 0.99, with gamma. */
export function batchNorm(
  name: string,
  options: Partial<Pick<BatchNormLayer, 'scale' | 'epsilon' | 'momentum'>> = {},
): DraftOf<BatchNormLayer> {
  return { op: 'batchNorm', name, scale: true, epsilon: 1e-3, momentum: 0.99, ...options };
}

export function activation(name: string, kind: Activation): DraftOf<ActivationLayer> {
  return { op: 'activation', name, activation: kind };
}

export function pool(
  op: PoolLayer['op'],
  name: string,
  size: number,
  stride: number,
  padding: Padding,
  input?: string,
): DraftOf<PoolLayer> {
  return { op, name, size: window(size), stride, padding, ...from(input) };
}

export function globalAveragePool(name: string): DraftOf<GlobalAveragePoolLayer> {
  return { op: 'globalAveragePool', name };
}

export function merge(op: MergeLayer['op'], name: string, inputs: readonly string[]): DraftOf<MergeLayer> {
  return { op, name, inputs };
}

/** A block of the layers in the order of their making, which is put into Keras's order. */
export function block(name: string, drafts: readonly Draft[]): Block {
  let previous = BLOCK_INPUT;
  const layers = drafts.map((draft): Layer => {
    const layer = { ...draft, inputs: draft.inputs ?? [previous] } as Layer;
    previous = layer.name;
    return layer;
  });
  return { name, layers: inKerasOrder(layers) };
}

/**
 * The order of a functional model's layers, and so of the weights in its .h5 file: by the length of the longest way to the output,
 * the longest first, and by the order of making among equals (Keras, src/ops/function.py, map_graph).
 */
function inKerasOrder(layers: readonly Layer[]): readonly Layer[] {
  const depth = new Map<string, number>();
  for (const layer of layers.toReversed()) {
    const own = depth.get(layer.name) ?? 0;
    depth.set(layer.name, own);
    for (const input of layer.inputs) depth.set(input, Math.max(depth.get(input) ?? 0, own + 1));
  }
  return layers.toSorted((a, b) => (depth.get(b.name) ?? 0) - (depth.get(a.name) ?? 0));
}
