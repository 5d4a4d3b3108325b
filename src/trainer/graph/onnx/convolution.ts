// The gradients of convolution as ONNX operators, on NCHW images and OIHW kernels.
import { dim } from '../checks.js';
import type { Value } from '../graph.js';
import type { TypedNode } from '../operation.js';
import type { InputGradientAttributes, KernelGradientAttributes } from '../operations/conv2d.js';
import { onnxPads } from '../operations/window.js';
import type { OnnxEmitter } from './emitter.js';

const EXCHANGE_BATCH_AND_CHANNELS = [1, 0, 2, 3];

/** dL/d(image) [B, in, H, W] from dy [B, out, H', W'] and the kernel [out, in, h, w]. */
export function onnxInputGradient(
  emitter: OnnxEmitter,
  dy: string,
  kernel: string,
  { inputs, attributes }: TypedNode<InputGradientAttributes>,
): string {
  return transposedConvolution(emitter, dy, kernel, inputs as [Value, Value], attributes, 1);
}

/** The same for kernels [C, 1, h, w]. */
export function onnxDepthwiseInputGradient(
  emitter: OnnxEmitter,
  dy: string,
  kernel: string,
  { inputs, output, attributes }: TypedNode<InputGradientAttributes>,
): string {
  return transposedConvolution(emitter, dy, kernel, inputs as [Value, Value], attributes, dim(output, 3));
}

/** dL/d(kernel) [out, in, h, w] from images [B, in, H, W] and dy [B, out, H', W']. */
export function onnxKernelGradient(
  emitter: OnnxEmitter,
  x: string,
  dy: string,
  { inputs, output, attributes }: TypedNode<KernelGradientAttributes>,
): string {
  const [image, gradient] = inputs as [Value, Value];
  const { size, strides, margins } = attributes;
  const flat = (name: string, channels: number) =>
    emitter.reshape(emitter.transpose(name, EXCHANGE_BATCH_AND_CHANNELS), [channels, -1]);
  if ([...size, ...strides, ...margins.flat().map((n) => n + 1)].every((n) => n === 1)) {
    const [ins, outs] = [dim(image, 3), dim(gradient, 3)];
    const product = emitter.emit('Gemm', [flat(dy, outs), flat(x, ins)], { transA: 0, transB: 1 });
    return emitter.reshape(product, [dim(output, 3), dim(output, 2), 1, 1]);
  }
  const { data, pads } = framed(emitter, x, image, gradient, attributes);
  const correlated = emitter.emit(
    'Conv',
    [emitter.transpose(data, EXCHANGE_BATCH_AND_CHANNELS), emitter.transpose(dy, EXCHANGE_BATCH_AND_CHANNELS)],
    { dilations: strides, pads },
  );
  return emitter.transpose(correlated, EXCHANGE_BATCH_AND_CHANNELS);
}

/** dL/d(kernel) [C, 1, h, w] from images [B, C, H, W] and dy [B, C, H', W']: one convolution with B·C groups. */
export function onnxDepthwiseKernelGradient(
  emitter: OnnxEmitter,
  x: string,
  dy: string,
  { inputs, attributes }: TypedNode<KernelGradientAttributes>,
): string {
  const [image, gradient] = inputs as [Value, Value];
  const [batch, channels] = [dim(image, 0), dim(image, 3)];
  const { data, pads } = framed(emitter, x, image, gradient, attributes);
  const images = emitter.reshape(emitter.reshape(data, [batch * channels, -1]), [
    1,
    batch * channels,
    ...croppedSize(image, gradient, attributes),
  ]);
  const windows = emitter.reshape(dy, [batch * channels, 1, dim(gradient, 1), dim(gradient, 2)]);
  const perImage = emitter.emit('Conv', [images, windows], {
    dilations: attributes.strides,
    pads,
    group: batch * channels,
  });
  const stacked = emitter.reshape(perImage, [batch, channels, 1, ...attributes.size]);
  return emitter.emit('ReduceSum', [stacked, emitter.ints([0])], { keepdims: 0 });
}

function transposedConvolution(
  emitter: OnnxEmitter,
  dy: string,
  kernel: string,
  [gradient, weights]: readonly [Value, Value],
  attributes: InputGradientAttributes,
  group: number,
): string {
  const { size, strides, margins } = attributes;
  // What the strides left over at the bottom and right; ONNX adds it back as output padding.
  const rest = ([0, 1] as const).map(
    (axis) =>
      size[axis] +
      margins[axis][0] +
      margins[axis][1] -
      ((dim(gradient, axis + 1) - 1) * strides[axis] + dim(weights, axis)),
  );
  return emitter.emit('ConvTranspose', [dy, kernel], {
    strides,
    pads: onnxPads({ margins }),
    output_padding: rest,
    group,
  });
}

/** The rows and columns of an image that its windows saw; those at the end that they did not are cut off. */
function croppedSize(
  image: Value,
  gradient: Value,
  { size, strides, margins }: KernelGradientAttributes,
): [number, number] {
  return ([0, 1] as const).map((axis) => {
    const seen = (dim(gradient, axis + 1) - 1) * strides[axis] + size[axis] - margins[axis][0];
    return Math.min(dim(image, axis + 1), seen);
  }) as [number, number];
}

function framed(
  emitter: OnnxEmitter,
  x: string,
  image: Value,
  gradient: Value,
  attributes: KernelGradientAttributes,
): { data: string; pads: number[] } {
  const { size, strides, margins } = attributes;
  const cropped = croppedSize(image, gradient, attributes);
  const whole = cropped.every((length, axis) => length === dim(image, axis + 1));
  const data = whole
    ? x
    : emitter.emit('Slice', [x, emitter.ints([0, 0]), emitter.ints(cropped), emitter.ints([2, 3])]);
  const after = ([0, 1] as const).map(
    (axis) => (dim(gradient, axis + 1) - 1) * strides[axis] + size[axis] - margins[axis][0] - (cropped[axis] as number),
  );
  return { data, pads: [margins[0][0], margins[1][0], ...after] };
}
