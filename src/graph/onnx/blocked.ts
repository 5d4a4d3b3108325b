// onnxruntime's own layout for convolutions on processors: images as [B, C / n, H, W, n], under the shape [B, C, H, W]. Its operators (domain
// com.microsoft.nchwc) work on n channels at once, also where each channel is convolved alone. Other operators may only work element by element on it.
import type { OnnxAttribute, OnnxEmitter } from './emitter.js';

const DOMAIN = 'com.microsoft.nchwc';

/** Whether images of so many channels can be laid out in blocks. */
export function hasBlocks({ blockSize }: OnnxEmitter, channels: number): boolean {
  return blockSize > 1 && channels % blockSize === 0;
}

/** Images [B, C, H, W] in blocks. Kernels of a depthwise convolution are as images [1, C, h, w]. */
export function toBlocks(emitter: OnnxEmitter, images: string): string {
  return emitter.emit('ReorderInput', [images], {}, DOMAIN);
}

/** The way back. */
export function fromBlocks(emitter: OnnxEmitter, images: string, channels: number): string {
  return emitter.emit('ReorderOutput', [images], { channels }, DOMAIN);
}

/** Conv of images and kernels [C, 1, h, w] in blocks. */
export function convolveBlocks(
  emitter: OnnxEmitter,
  operands: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string {
  return emitter.emit('Conv', operands, attributes, DOMAIN);
}

/**
 * A depthwise convolution of images [B, C, H, W] with a kernel [C, 1, h, w] that changes from run to run, in blocks where there are. Around
 * constant kernels onnxruntime finds them itself, for whole networks at once.
 */
export function depthwiseConvolution(
  emitter: OnnxEmitter,
  [images, kernel, ...bias]: readonly [string, string, ...string[]],
  [height, width, channels]: readonly [number, number, number],
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string {
  const grouped = { ...attributes, group: channels };
  const isConstant = emitter.constants.some(({ name }) => name === kernel);
  if (isConstant || !hasBlocks(emitter, channels)) return emitter.emit('Conv', [images, kernel, ...bias], grouped);
  const asImage = toBlocks(emitter, emitter.reshape(kernel, [1, channels, height, width]));
  const kernels = emitter.reshape(asImage, [channels, 1, height, width]);
  return fromBlocks(emitter, convolveBlocks(emitter, [toBlocks(emitter, images), kernels, ...bias], grouped), channels);
}
