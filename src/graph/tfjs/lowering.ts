// What an operation's tfjs lowering works with. The library itself comes in as a value, so that other engines never load it.
import type * as tfjs from '@tensorflow/tfjs-core';
import { graphError } from '../checks.js';

export type Tfjs = typeof tfjs;

interface ByRank {
  4: tfjs.Tensor4D;
  2: tfjs.Tensor2D;
}
export type TfjsTensor<Rank extends keyof ByRank | 'any' = 'any'> = Rank extends keyof ByRank
  ? ByRank[Rank]
  : tfjs.Tensor;

/** The tensor, which is an image or a kernel. */
export function rank4(tensor: TfjsTensor): TfjsTensor<4> {
  if (hasRank4(tensor)) return tensor;
  throw graphError('tfjs', 'a tensor of rank 4', `[${tensor.shape.join(', ')}]`);
}

/** Two numbers as tfjs takes them, in an array that it may keep. */
export function pair([first, second]: readonly [number, number]): [number, number] {
  return [first, second];
}

function hasRank4(tensor: TfjsTensor): tensor is TfjsTensor<4> {
  return tensor.rank === 4;
}

export interface TfjsLowering {
  readonly tf: Tfjs;
  /**
   * Whether gradient kernels are to be composed of forward kernels: the wasm backend lacks some of them (the gradients of
   * convolutions by their kernels) and has naive ones for others.
   */
  readonly composeGradients: boolean;
  /** Whether kernels take 'same' and 'valid' alone as padding, as those of TensorFlow's binding. */
  readonly namedPaddingOnly: boolean;
}
