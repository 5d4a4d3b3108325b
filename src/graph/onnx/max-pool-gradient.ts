// The gradient of maximum pooling by plain operators, for providers whose MaxPool does not tell where the largest numbers were.
import { dims4 } from '../checks.js';
import { LOWEST } from '../host-tensor.js';
import type { TypedNode } from '../operation.js';
import type { PoolAttributes, PoolGradientInputs } from '../operations/window.js';
import { onnxPads } from '../operations/window.js';
import { ELEMENT_TYPE, type OnnxEmitter } from './emitter.js';

/** From NCHW images x, y = maxPool(x) and dy to dx: each dy goes to the first largest number of its window. */
export function onnxMaxPoolGradient(
  emitter: OnnxEmitter,
  [x, y, dy]: readonly [string, string, string],
  { inputs, attributes }: TypedNode<PoolAttributes, PoolGradientInputs>,
): string {
  const { size, strides, margins } = attributes;
  const [batch, height, width, channels] = dims4(inputs[0]);
  const [, rows, columns] = dims4(inputs[1]);
  const sides = [height, width] as const;
  const planes = batch * channels;
  const extent = [(rows - 1) * strides[0] + size[0], (columns - 1) * strides[1] + size[1]] as const;
  const seen = framed(emitter, x, [height, width], extent, attributes);
  let found: string | undefined;
  const shares: string[] = [];
  for (let place = 0; place < size[0] * size[1]; place++) {
    const [row, column] = [Math.floor(place / size[1]), place % size[1]];
    const view = emitter.emit('Slice', [
      seen,
      emitter.ints([row, column]),
      emitter.ints([row + (rows - 1) * strides[0] + 1, column + (columns - 1) * strides[1] + 1]),
      emitter.ints([2, 3]),
      emitter.ints(strides),
    ]);
    const equal = emitter.emit('Cast', [emitter.emit('Equal', [view, y])], { to: ELEMENT_TYPE.float32 });
    const isFirst =
      found === undefined ? equal : emitter.emit('Mul', [equal, emitter.emit('Sub', [emitter.floats([1]), found])]);
    found = found === undefined ? isFirst : emitter.emit('Add', [found, isFirst]);
    shares.push(emitter.reshape(emitter.emit('Mul', [dy, isFirst]), [planes, 1, rows, columns]));
  }
  // Each place's share is spread out by the strides and moved to that place: a transposed convolution with kernels of a single one.
  const places = shares.length;
  const kernels = Float32Array.from({ length: places * places }, (_, i) => (i % (places + 1) === 0 ? 1 : 0));
  const spread = emitter.emit(
    'ConvTranspose',
    [emitter.emit('Concat', shares, { axis: 1 }), emitter.floats(kernels, [places, 1, ...size])],
    {
      strides,
      pads: onnxPads({ margins }),
      output_padding: ([0, 1] as const).map((axis) => {
        const [before, after] = margins[axis];
        return sides[axis] + before + after - extent[axis];
      }),
    },
  );
  return emitter.reshape(spread, [batch, channels, height, width]);
}

/** The images with margins of numbers that never win, as far as a window saw them. */
function framed(
  emitter: OnnxEmitter,
  x: string,
  [height, width]: readonly [number, number],
  extent: readonly [number, number],
  { margins }: PoolAttributes,
): string {
  const after = [extent[0] - margins[0][0] - height, extent[1] - margins[1][0] - width].map((n) => Math.max(0, n));
  const pads = [0, 0, margins[0][0], margins[1][0], 0, 0, ...after];
  if (pads.every((n) => n === 0)) return x;
  return emitter.emit('Pad', [x, emitter.ints(pads), emitter.floats([LOWEST])]);
}
