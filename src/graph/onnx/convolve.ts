// Conv as ONNX operators: in blocks of channels where that is faster, and around a fault of one provider.
import { convolveBlocks, fromBlocks, hasBlocks, isConstant, kernelBlocks, toBlocks } from './blocked.js';
import type { OnnxAttribute, OnnxEmitter } from './emitter.js';

interface Extents {
  /** Of the images. */
  readonly ins: number;
  /** Of the result. */
  readonly outs: number;
  /** Of the kernel. */
  readonly size: readonly [height: number, width: number];
  /** Positions of the result, of all images. */
  readonly positions: number;
}

/** With fewer positions bringing kernels into blocks costs more than they gain. */
const POSITIONS_WORTH_BLOCKS = 1024;

/** Images [B, ins, H, W] and a kernel [outs, ins, h, w], with a bias [outs] or without. */
export function convolve(
  emitter: OnnxEmitter,
  [images, kernel, ...bias]: readonly [string, string, ...string[]],
  extents: Extents,
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string {
  const { ins, outs, size } = extents;
  const isOneGroup = attributes['group'] === undefined || attributes['group'] === 1;
  if (isOneGroup && isWorthBlocks(emitter, kernel, extents)) {
    const operands = [
      isThin(emitter, ins) ? images : toBlocks(emitter, images),
      kernelBlocks(emitter, kernel, [outs, ins, ...size]),
      ...bias,
    ];
    return fromBlocks(emitter, convolveBlocks(emitter, operands, { ...attributes, group: 1 }), outs);
  }
  const lacking = emitter.provider === 'webgpu' && isOneGroup && isMiscomputed(ins, outs) ? (4 - (ins % 4)) % 4 : 0;
  const operands = [images, kernel].map((name) => withChannels(emitter, name, lacking));
  return emitter.emit('Conv', [...operands, ...bias], attributes);
}

/** Whether a convolution of one group is done in blocks. */
export function isWorthBlocks(emitter: OnnxEmitter, kernel: string, { ins, outs, size, positions }: Extents): boolean {
  const isLarge = size[0] * size[1] > 1 && positions >= POSITIONS_WORTH_BLOCKS;
  return (
    isLarge &&
    (isThin(emitter, ins) || hasBlocks(emitter, ins)) &&
    hasBlocks(emitter, outs) &&
    !isConstant(emitter, kernel)
  );
}

/** Images of fewer channels than a block has are read as they are; what is made of them is in blocks. */
function isThin({ blockSize }: OnnxEmitter, ins: number): boolean {
  return ins < blockSize;
}

/**
 * onnxruntime 1.30 reads three channels at a time where it can, and four of the kernel with them, and gets kernels of more than
 * one pixel wrong as soon as there are more than three channels.
 */
function isMiscomputed(ins: number, outs: number): boolean {
  return ins % 3 === 0 && ins % 4 !== 0 && ins > 3 && outs % 4 === 0;
}

function withChannels(emitter: OnnxEmitter, name: string, more: number): string {
  if (more === 0) return name;
  return emitter.emit('Pad', [name, emitter.ints([0, 0, 0, 0, 0, more, 0, 0])]);
}
