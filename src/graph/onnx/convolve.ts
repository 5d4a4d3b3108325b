// Conv as ONNX operators, around a fault of one provider.
import type { OnnxAttribute, OnnxEmitter } from './emitter.js';

interface Channels {
  /** Of the images. */
  readonly ins: number;
  /** Of the result. */
  readonly outs: number;
}

/** Images [B, ins, H, W] and a kernel [outs, ins, h, w], with a bias [outs] or without. */
export function convolve(
  emitter: OnnxEmitter,
  [images, kernel, ...bias]: readonly [string, string, ...string[]],
  { ins, outs }: Channels,
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string {
  const isOneGroup = attributes['group'] === undefined || attributes['group'] === 1;
  const lacking = emitter.provider === 'webgpu' && isOneGroup && isMiscomputed(ins, outs) ? (4 - (ins % 4)) % 4 : 0;
  const operands = [images, kernel].map((name) => withChannels(emitter, name, lacking));
  return emitter.emit('Conv', [...operands, ...bias], attributes);
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
