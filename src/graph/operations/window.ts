// The geometry of windows that slide over an image: of convolutions and pools.
import { graphError } from '../checks.js';
import type { Value } from '../graph.js';

/** Zeros around an image: [[top, bottom], [left, right]]. */
export type Margins2d = readonly [readonly [number, number], readonly [number, number]];

/**
 * 'same' as TensorFlow has it: out = ceil(in / stride), the odd zero at the bottom and right; 'valid': none; or explicit.
 */
export type Padding = 'same' | 'valid' | Margins2d;

/** As many zeros on both sides as keep the size at stride 1, as PyTorch's networks have it, also where they stride. */
export function symmetric([height, width]: readonly [number, number]): Margins2d {
  const [vertical, horizontal] = [(height - 1) / 2, (width - 1) / 2];
  return [
    [vertical, vertical],
    [horizontal, horizontal],
  ];
}

export type TfjsPadding = 'valid' | 'same' | [[number, number], [number, number], [number, number], [number, number]];

export interface WindowOptions {
  /** One for both directions, or [vertical, horizontal]; default 1. */
  readonly strides?: number | readonly [number, number];
  /** Default 'valid', as in Keras. */
  readonly padding?: Padding;
  /** Places of the window lie so far apart; default 1. */
  readonly dilations?: readonly [number, number];
}

export interface Window {
  readonly strides: readonly [number, number];
  readonly margins: Margins2d;
  readonly dilations: readonly [number, number];
}

/** How far a window of `size` reaches: (size − 1) · dilation + 1. */
export function extentOf(size: readonly [number, number], { dilations }: Pick<Window, 'dilations'>): [number, number] {
  return [(size[0] - 1) * dilations[0] + 1, (size[1] - 1) * dilations[1] + 1];
}

export function isDilated({ dilations }: Pick<Window, 'dilations'>): boolean {
  return dilations.some((dilation) => dilation !== 1);
}

export interface InputGradientAttributes extends Window {
  /** Of the image: [height, width]. */
  readonly size: readonly [number, number];
  readonly groups: number;
}

export interface KernelGradientAttributes extends Window {
  /** Of the kernel: [height, width]. */
  readonly size: readonly [number, number];
  readonly groups: number;
}

export interface PoolAttributes extends Window {
  /** Of the window: [height, width]. */
  readonly size: readonly [number, number];
}

/** Images, their maxima, and the gradient of these. */
export type PoolGradientInputs = readonly [x: Value, y: Value, dy: Value];

/** Resolves options for an image [B, H, W, C] and a window [height, width]. */
export function windowOf(
  operation: string,
  image: readonly number[],
  size: readonly [number, number],
  options: WindowOptions,
): Window {
  const { strides: given = 1, padding = 'valid', dilations = [1, 1] } = options;
  const strides: [number, number] = typeof given === 'number' ? [given, given] : [given[0], given[1]];
  for (const [what, steps, shown] of [
    ['strides', strides, given],
    ['dilations', dilations, dilations],
  ] as const) {
    if (steps.every((step) => Number.isInteger(step) && step > 0)) continue;
    throw graphError(operation, `positive integer ${what}`, JSON.stringify(shown));
  }
  const extent = extentOf(size, { dilations });
  const margin = (axis: 0 | 1): readonly [number, number] => {
    if (padding === 'valid') return [0, 0];
    if (padding !== 'same') return padding[axis];
    const length = image[axis + 1]!;
    const total = Math.max((Math.ceil(length / strides[axis]) - 1) * strides[axis] + extent[axis] - length, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const margins: Margins2d = [margin(0), margin(1)];
  if (!margins.flat().every((n) => Number.isInteger(n) && n >= 0)) {
    throw graphError(operation, 'margins of non-negative integers', JSON.stringify(padding));
  }
  return { strides, margins, dilations };
}

/** The height and width of what a window gives on an image [B, H, W, C]. */
export function outputSize(
  operation: string,
  image: readonly number[],
  size: readonly [number, number],
  window: Window,
): [number, number] {
  const extent = extentOf(size, window);
  const along = (axis: 0 | 1): number => {
    const padded = image[axis + 1]! + window.margins[axis][0] + window.margins[axis][1];
    return Math.floor((padded - extent[axis]) / window.strides[axis]) + 1;
  };
  const out: [number, number] = [along(0), along(1)];
  if (out[0] < 1 || out[1] < 1) {
    throw graphError(operation, `an image at least as large as its window ${size.join('×')}`, `[${image.join(', ')}]`);
  }
  return out;
}

/** As tfjs takes padding of NHWC images: by name where a name fits, since not every backend takes explicit ones. */
export function tfjsPadding(window: Window, image: readonly number[], size: readonly [number, number]): TfjsPadding {
  for (const padding of ['valid', 'same'] as const) {
    const named = windowOf('window', image, size, { strides: window.strides, padding, dilations: window.dilations });
    if (JSON.stringify(named.margins) === JSON.stringify(window.margins)) return padding;
  }
  const [[top, bottom], [left, right]] = window.margins;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** As ONNX takes it: top, left, bottom, right. */
export function onnxPads({ margins }: Pick<Window, 'margins'>): number[] {
  const [[top, bottom], [left, right]] = margins;
  return [top, left, bottom, right];
}
