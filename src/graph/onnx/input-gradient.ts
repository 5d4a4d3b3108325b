// The gradients of convolutions by their images as ONNX operators, on NCHW images and laid-out kernels.
import { dim, dims4 } from '../checks.js';
import type { Value } from '../graph.js';
import type { Binary, TypedNode } from '../operation.js';
import type { InputGradientAttributes } from '../operations/window.js';
import { extentOf, onnxPads } from '../operations/window.js';
import { must } from '../../system/must.js';
import { depthwiseConvolution } from './blocked.js';
import { convolve, isWorthBlocks } from './convolve.js';
import type { OnnxEmitter } from './emitter.js';

type Node = TypedNode<InputGradientAttributes, Binary>;

/** A kernel as Conv takes it: [out, in, h, w]. */
export function convolutionKernel(emitter: OnnxEmitter, kernel: string, value: Value): string {
  const [height, width, ins, outs] = dims4(value);
  return height * width === 1 ? emitter.reshape(kernel, [outs, ins, 1, 1]) : kernel;
}

/** dL/d(image) [B, in, H, W] from dy [B, out, H', W'] and the kernel. */
export function onnxInputGradient(emitter: OnnxEmitter, dy: string, kernel: string, node: Node): string {
  const [, weights] = node.inputs;
  const [height, width, ins, outs] = dims4(weights);
  const { groups, dilations } = node.attributes;
  if (groups > 1) return transposedConvolution(emitter, dy, convolutionKernel(emitter, kernel, weights), node, groups);
  const pads = padsOfTurned(weights, node.attributes);
  if (pads !== undefined && height * width === 1) {
    const turned = emitter.reshape(emitter.transpose(kernel, [0, 1, 3, 2]), [ins, outs, 1, 1]);
    return emitter.emit('Conv', [dy, turned], { pads });
  }
  // Conv gathers out × h × w numbers per position, ConvTranspose scatters in × h × w, which is the slower work for as many. In blocks nothing
  // is gathered.
  const [batch, rows, columns] = dims4(node.output);
  const extents = { ins: outs, outs: ins, size: [height, width] as const, positions: batch * rows * columns };
  if (pads !== undefined && (2 * ins > outs || isWorthBlocks(emitter, kernel, extents))) {
    const turned = emitter.transpose(halfTurn(emitter, kernel, weights), [1, 0, 2, 3]);
    return convolve(emitter, [dy, turned], extents, { pads, dilations });
  }
  return transposedConvolution(emitter, dy, convolutionKernel(emitter, kernel, weights), node, 1);
}

/** dL/d(image) [B, C, H, W] from dy [B, C, H', W'] and the kernel [C, 1, h, w]. */
export function onnxDepthwiseInputGradient(emitter: OnnxEmitter, dy: string, kernel: string, node: Node): string {
  const [, weights] = node.inputs;
  const [height, width, channels] = dims4(weights);
  const pads = padsOfTurned(weights, node.attributes);
  if (pads === undefined) return transposedConvolution(emitter, dy, kernel, node, channels);
  const turned = halfTurn(emitter, kernel, weights);
  const { dilations } = node.attributes;
  return depthwiseConvolution(emitter, [dy, turned], [height, width, channels], { pads, dilations });
}

/** The pads with which convolving with the turned kernel gives the gradient; undefined where strides or margins forbid. */
function padsOfTurned(kernel: Value, attributes: InputGradientAttributes): number[] | undefined {
  const { strides, margins } = attributes;
  const extent = extentOf([dim(kernel, 0), dim(kernel, 1)], attributes);
  const pads = onnxPads({ margins }).map((margin, side) => must(extent[side % 2], 'a side') - 1 - margin);
  return strides.every((stride) => stride === 1) && pads.every((pad) => pad >= 0) ? pads : undefined;
}

/** A kernel whose last dimensions are height and width, with both reversed. */
function halfTurn(emitter: OnnxEmitter, kernel: string, value: Value): string {
  const [height, width] = dims4(value);
  const bounds = [
    [-1, -1],
    [-height - 1, -width - 1],
    [2, 3],
    [-1, -1],
  ].map((list) => emitter.ints(list));
  return emitter.emit('Slice', [kernel, ...bounds]);
}

function transposedConvolution(emitter: OnnxEmitter, dy: string, kernel: string, node: Node, group: number): string {
  const [gradient, weights] = node.inputs;
  const { size, strides, margins, dilations } = node.attributes;
  const extent = extentOf([dim(weights, 0), dim(weights, 1)], { dilations });
  // What the strides left over at the bottom and right; ONNX adds it back as output padding.
  const rest = ([0, 1] as const).map((axis) => {
    const seen = (dim(gradient, axis + 1) - 1) * strides[axis] + extent[axis];
    return size[axis] + margins[axis][0] + margins[axis][1] - seen;
  });
  const attributes = { strides, dilations, pads: onnxPads({ margins }), output_padding: rest, group };
  return emitter.emit('ConvTranspose', [dy, kernel], attributes);
}
