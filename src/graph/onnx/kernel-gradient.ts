// The gradients of convolutions by their kernels as ONNX operators, on NCHW images.
import { dim, dims4 } from '../checks.js';
import type { Value } from '../graph.js';
import { must } from '../../system/must.js';
import type { Binary, TypedNode } from '../operation.js';
import { extentOf, type KernelGradientAttributes } from '../operations/window.js';
import { convolve } from './convolve.js';
import { convolveBlocks, fromBlocks, hasBlocks, toBlocks } from './blocked.js';
import type { OnnxEmitter } from './emitter.js';
import { laidOutShape } from './layout.js';

/** Top, left, bottom, right. */
type Pads = [number, number, number, number];

type Node = TypedNode<KernelGradientAttributes, Binary>;

const EXCHANGE_BATCH_AND_CHANNELS = [1, 0, 2, 3];
/** Below this many channels a product per place of the kernel is too thin, and one convolution does it all faster. */
const CHANNELS_WORTH_A_PRODUCT = 16;

/** dL/d(kernel) from images [B, in, H, W] and dy [B, out, H', W']. */
export function onnxKernelGradient(emitter: OnnxEmitter, x: string, dy: string, node: Node): string {
  const [ins, outs] = [dim(node.output, 2), dim(node.output, 3)];
  const { groups, strides, dilations } = node.attributes;
  const places = node.attributes.size[0] * node.attributes.size[1];
  if (groups === 1 && places === 1 && isSumOfProductsFaster(node)) return sumOfProducts(emitter, x, dy, node);
  const images = emitter.transpose(x, EXCHANGE_BATCH_AND_CHANNELS);
  const gradients = emitter.transpose(dy, EXCHANGE_BATCH_AND_CHANNELS);
  if (groups === 1 && ins < CHANNELS_WORTH_A_PRODUCT && places > 1) {
    const { pads } = framing(node);
    const attributes = { dilations: strides, strides: dilations, pads };
    const [batch, height, width] = dims4(node.inputs[1]);
    const extents = { ins: batch, outs, size: [height, width] as const, positions: ins * places };
    const correlated = convolve(emitter, [cropped(emitter, images, node), gradients], extents, attributes);
    return emitter.transpose(correlated, EXCHANGE_BATCH_AND_CHANNELS);
  }
  // For each place of the kernel: dy · (what that place saw)ᵀ, over all images and positions at once. A convolution of the
  // images with dy is one operator, but its products are as thin as the kernel is small: three times slower.
  const product = productOfRows(emitter, gradients, { groups, ins, outs });
  const products = views(emitter, images, node).map(product);
  const parts = products.map((product) => emitter.reshape(product, [outs, ins, 1]));
  const joined = places === 1 ? must(products[0], 'one product') : emitter.emit('Concat', parts, { axis: 2 });
  return emitter.reshape(joined, laidOutShape(node.output));
}

/**
 * Of a kernel of one pixel: a product for each image needs no exchange of batch and channels, but writes all their products. It pays where
 * an image has more positions than it has channels, three times by measurement.
 */
function isSumOfProductsFaster({ inputs: [image, gradient], output, attributes: { margins } }: Node): boolean {
  const isWhole = dim(image, 1) === dim(gradient, 1) && dim(image, 2) === dim(gradient, 2);
  const positions = dim(gradient, 1) * dim(gradient, 2);
  return isWhole && margins.flat().every((n) => n === 0) && positions >= 3 * Math.min(dim(output, 2), dim(output, 3));
}

/** dL/d(kernel) as laid out, [1, 1, outs, ins]: the sum over images of dy · xᵀ. */
function sumOfProducts(emitter: OnnxEmitter, x: string, dy: string, node: Node): string {
  const [image, gradient] = node.inputs;
  const [ins, outs] = [dim(node.output, 2), dim(node.output, 3)];
  const rows = (name: string, value: Value): string => {
    const [batch, height, width, channels] = dims4(value);
    return emitter.reshape(name, [batch, channels, height * width]);
  };
  // The second operand is rearranged before it is multiplied, so the smaller one is.
  const [seen, slopes] = [rows(x, image), rows(dy, gradient)];
  const operands = outs < ins ? [seen, slopes] : [slopes, seen];
  const products = emitter.emit('FusedMatMul', operands, { transB: 1 }, 'com.microsoft');
  const sum = emitter.emit('ReduceSum', [products, emitter.ints([0])], { keepdims: 0 });
  return emitter.reshape(outs < ins ? emitter.transpose(sum, [1, 0]) : sum, laidOutShape(node.output));
}

/** From what a place of the kernel saw [groups · ins, …] to its gradients [outs, ins]. */
function productOfRows(
  emitter: OnnxEmitter,
  gradients: string,
  { groups, ins, outs }: { readonly groups: number; readonly ins: number; readonly outs: number },
): (view: string) => string {
  if (groups === 1) {
    const rows = emitter.reshape(gradients, [outs, -1]);
    return (view) => emitter.emit('Gemm', [rows, emitter.reshape(view, [ins, -1])], { transB: 1 });
  }
  const rows = emitter.reshape(gradients, [groups, outs / groups, -1]);
  return (view) =>
    emitter.emit('FusedMatMul', [rows, emitter.reshape(view, [groups, ins, -1])], { transB: 1 }, 'com.microsoft');
}

/** dL/d(kernel) [C, 1, h, w] from images [B, C, H, W] and dy [B, C, H', W']: one convolution with B·C groups, whose kernels are dy. */
export function onnxDepthwiseKernelGradient(emitter: OnnxEmitter, x: string, dy: string, node: Node): string {
  const [batch, height, width, channels] = dims4(node.inputs[1]);
  const group = batch * channels;
  const { pads, seen } = framing(node);
  const images = cropped(emitter, x, node);
  const flat = (name: string): string => emitter.reshape(name, [1, group, ...seen]);
  const { strides: dilations, dilations: strides, size } = node.attributes;
  const attributes = { dilations, strides, pads, group };
  const asKernels = (gradients: string): string => emitter.reshape(gradients, [group, 1, height, width]);
  const correlated = (): string => {
    // The plain operator takes one channel at a time, and its products are as thin as the kernel is small: five times slower.
    if (!hasBlocks(emitter, group)) return emitter.emit('Conv', [flat(images), asKernels(dy)], attributes);
    const inBlocks = (name: string, shape: readonly number[]): string =>
      hasBlocks(emitter, channels) ? toBlocks(emitter, name) : toBlocks(emitter, emitter.reshape(name, shape));
    const kernels = asKernels(inBlocks(dy, [1, group, height, width]));
    const operands = [flat(inBlocks(images, [1, group, ...seen])), kernels];
    return fromBlocks(emitter, convolveBlocks(emitter, operands, attributes), group);
  };
  const stacked = emitter.reshape(correlated(), [batch, channels, 1, ...size]);
  return emitter.emit('ReduceSum', [stacked, emitter.ints([0])], { keepdims: 0 });
}

/**
 * What the windows saw: `seen` rows and columns of the images themselves, and the margins around them that complete
 * (H' − 1) · stride + the kernel's extent rows, columns likewise.
 */
function framing({ inputs, attributes: { size, strides, margins, dilations } }: Node): { seen: number[]; pads: Pads } {
  const [image, gradient] = inputs;
  const reach = extentOf(size, { dilations });
  const side = (axis: 0 | 1): { seen: number; before: number; after: number } => {
    const before = margins[axis][0];
    const extent = (dim(gradient, axis + 1) - 1) * strides[axis] + reach[axis];
    const seen = Math.min(dim(image, axis + 1), extent - before);
    return { seen, before, after: extent - before - seen };
  };
  const [vertical, horizontal] = [side(0), side(1)];
  return {
    seen: [vertical.seen, horizontal.seen],
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
  };
}

/** Images without the rows and columns at their end that no window saw. */
function cropped(emitter: OnnxEmitter, images: string, node: Node): string {
  const { seen } = framing(node);
  if (seen.every((length, axis) => length === dim(node.inputs[0], axis + 1))) return images;
  return emitter.emit('Slice', [images, emitter.ints([0, 0]), emitter.ints(seen), emitter.ints([2, 3])]);
}

/** For each place of the kernel, row by row, the pixels [in, B, H', W'] that it met, of images [in, B, H, W]. */
function views(emitter: OnnxEmitter, images: string, node: Node): string[] {
  const [image, gradient] = node.inputs;
  const { size, strides, dilations } = node.attributes;
  const [top, left, bottom, right] = framing(node).pads;
  const margins = [0, 0, top, left, 0, 0, bottom, right];
  const framed = margins.some((n) => n > 0) ? emitter.emit('Pad', [images, emitter.ints(margins)]) : images;
  const length = [dim(image, 1) + top + bottom, dim(image, 2) + left + right];
  const along = (name: string, axis: 0 | 1, offset: number): string => {
    const end = offset + (dim(gradient, axis + 1) - 1) * strides[axis] + 1;
    if (offset === 0 && end === length[axis] && strides[axis] === 1) return name;
    return emitter.emit('Slice', [
      name,
      ...[[offset], [end], [axis + 2], [strides[axis]]].map((list) => emitter.ints(list)),
    ]);
  };
  const columns = Array.from({ length: size[1] }, (_, column) => along(framed, 1, column * dilations[1]));
  return Array.from({ length: size[0] }, (_, row) =>
    columns.map((column) => along(column, 0, row * dilations[0])),
  ).flat();
}
