// What a value of a model file is while its graph is built: known numbers, an array of the file, or something that the graph computes.
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { FileTensor } from './file-model.js';
import type { KnownArray } from './known.js';

/** How a value of the graph holds an array of the file: in the file's own order, or an array [B, C, H, W] as an image. */
export type Form = 'plain' | 'image';

export type Traced =
  | { readonly kind: 'known'; readonly shape: readonly number[]; readonly array: KnownArray }
  | { readonly kind: 'file'; readonly shape: readonly number[]; readonly name: string; readonly tensor: FileTensor }
  | { readonly kind: 'flow'; readonly shape: readonly number[]; readonly value: Value; readonly form: Form };

export type Flow = Extract<Traced, { kind: 'flow' }>;

/** How the state holds a weight: as the file does, or as the kernel of the convolutions that alone read it. */
export type WeightForm = 'plain' | 'kernel' | 'depthwiseKernel';

/** The operator, or this use of it, has no gradient here; `reason` completes "… at node X of FILE". */
export class NoGradient extends Error {
  override readonly name = 'NoGradient';
}

export function flow(value: Value, form: Form = 'plain'): Flow {
  const shape = form === 'plain' ? value.shape : [0, 3, 1, 2].map((axis) => value.shape[axis] ?? 1);
  return { kind: 'flow', value, form, shape };
}

export function knownValue(array: KnownArray): Traced {
  return { kind: 'known', shape: array.shape, array };
}

/** What operators work with: the graph under construction, and conversions between the kinds. */
export interface Context {
  readonly g: GraphBuilder;
  readonly opset: number;
  /** In the file's own order. */
  plain(x: Traced): Value;
  /** Of an array [B, C, H, W]. */
  image(x: Traced): Value;
  /** The numbers; throws NoGradient where the network computes them. */
  known(x: Traced, what: string): KnownArray;
  isKnown(x: Traced): boolean;
  /** A convolution's kernel [out, in, h, w] as the graph takes it. */
  kernel(x: Traced, form: 'kernel' | 'depthwiseKernel'): Value;
  /** The shape that a reshape's target means; `target` was written for arrays of the file's own size and batch. */
  target(node: string, x: Traced, target: readonly number[]): readonly number[];
  /** Multiplications with addition for the whole batch. */
  count(multiplyAccumulates: number): void;
}
