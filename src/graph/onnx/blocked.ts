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
  return emitter.blocks.get(images) ?? emitter.emit('ReorderInput', [images], {}, DOMAIN);
}

/** The way back. What wants the images in blocks again finds them; where nothing else is wanted this costs nothing. */
export function fromBlocks(emitter: OnnxEmitter, blocks: string, channels: number): string {
  const images = emitter.emit('ReorderOutput', [blocks], { channels }, DOMAIN);
  emitter.blocks.set(images, blocks);
  return images;
}

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** Conv of images and kernels in blocks. */
export function convolveBlocks(emitter: OnnxEmitter, operands: readonly string[], attributes: Attributes): string {
  return emitter.emit('Conv', operands, attributes, DOMAIN);
}

/** The largest numbers of windows over images in blocks; padding never wins. */
export function blockedMaxPool(emitter: OnnxEmitter, blocks: string, attributes: Attributes): string {
  return emitter.emit('MaxPool', [blocks], attributes, DOMAIN);
}

/**
 * Kernels [outs, ins, h, w] in blocks: as [outs / n, ins / n, h, w, n of ins, n of outs] under their shape, or, with fewer ins than a block
 * has, as [outs / n, ins, h, w, n of outs].
 */
export function kernelBlocks(
  emitter: OnnxEmitter,
  kernel: string,
  shape: readonly [outs: number, ins: number, height: number, width: number],
): string {
  const block = emitter.blockSize;
  const [outs, ins, height, width] = shape;
  if (ins < block) {
    const rows = emitter.reshape(kernel, [outs / block, block, ins, height, width]);
    return emitter.reshape(emitter.transpose(rows, [0, 2, 3, 4, 1]), shape);
  }
  const split = emitter.reshape(kernel, [outs / block, block, ins / block, block, height, width]);
  return emitter.reshape(emitter.transpose(split, [0, 2, 4, 5, 3, 1]), shape);
}

/** ReLU of images; that of a convolution in blocks is part of it. @param isShared whether the images themselves have other readers. */
export function rectified(emitter: OnnxEmitter, images: string, isShared: boolean): string {
  const convolution = isShared ? undefined : emitter.producerOf(emitter.blocks.get(images) ?? '');
  const channels = emitter.producerOf(images)?.attributes['channels'];
  if (convolution?.opType !== 'Conv' || typeof channels !== 'number') return emitter.emit('Relu', [images]);
  const attributes = { ...convolution.attributes, activation: 'Relu' };
  return fromBlocks(emitter, convolveBlocks(emitter, convolution.inputs, attributes), channels);
}

/**
 * A depthwise convolution of images [B, C, H, W] with a kernel [C, 1, h, w] that changes from run to run, in blocks where there are.
 */
export function depthwiseConvolution(
  emitter: OnnxEmitter,
  [images, kernel, ...bias]: readonly [string, string, ...string[]],
  [height, width, channels]: readonly [number, number, number],
  attributes: Attributes,
): string {
  const grouped = { ...attributes, group: channels };
  if (isConstant(emitter, kernel) || !hasBlocks(emitter, channels))
    return emitter.emit('Conv', [images, kernel, ...bias], grouped);
  const asImage = toBlocks(emitter, emitter.reshape(kernel, [1, channels, height, width]));
  const kernels = emitter.reshape(asImage, [channels, 1, height, width]);
  return fromBlocks(emitter, convolveBlocks(emitter, [toBlocks(emitter, images), kernels, ...bias], grouped), channels);
}

/** Around constant kernels onnxruntime finds blocks itself, for whole networks at once. */
export function isConstant(emitter: OnnxEmitter, kernel: string): boolean {
  return emitter.constants.some(({ name }) => name === kernel);
}
