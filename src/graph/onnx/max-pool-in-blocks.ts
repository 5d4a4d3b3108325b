// Maximum pooling and its gradient in blocks of channels (blocked.ts), on processors. onnxruntime's plain MaxPool is many times slower as soon
// as it tells where the largest numbers are, and adding numbers at such places one by one is slow as well.
import { dims4 } from '../checks.js';
import { LOWEST } from '../host-tensor.js';
import type { TypedNode } from '../operation.js';
import { type PoolAttributes, type PoolGradientInputs, isDilated, onnxPads } from '../operations/window.js';
import { must } from '../../system/must.js';
import { blockedMaxPool, fromBlocks, hasBlocks, toBlocks } from './blocked.js';
import { ELEMENT_TYPE, type OnnxEmitter } from './emitter.js';

/** Bytes of images that go through all operators of the gradient before the next ones do: few enough to stay in a processor's cache. */
const SLICE_BYTES = 800_000;

type Axis = 0 | 1;
type Sides = readonly [height: number, width: number];

/** Whether the gradient of such a pool is done in blocks. Windows that leave out pixels are rare, and left to the plain operators. */
export function isPooledInBlocks(emitter: OnnxEmitter, channels: number, window: PoolAttributes): boolean {
  const { size, strides } = window;
  const coversAll = strides[0] <= size[0] && strides[1] <= size[1];
  return emitter.provider === 'cpu' && hasBlocks(emitter, channels) && coversAll && !isDilated(window);
}

/** The largest numbers of images [B, C, H, W]. */
export function maxPoolInBlocks(emitter: OnnxEmitter, x: string, channels: number, window: PoolAttributes): string {
  const attributes = { kernel_shape: window.size, strides: window.strides, pads: onnxPads(window) };
  return fromBlocks(emitter, blockedMaxPool(emitter, toBlocks(emitter, x), attributes), channels);
}

/** From images x and dy to dx, as images: each dy goes to the first largest number of its window. */
export function maxPoolGradientInBlocks(
  emitter: OnnxEmitter,
  [x, dy]: readonly [string, string],
  { inputs, attributes }: TypedNode<PoolAttributes, PoolGradientInputs>,
): string {
  const [batch, height, width, channels] = dims4(inputs[0]);
  const [, rows, columns] = dims4(inputs[1]);
  const blocks = (batch * channels) / emitter.blockSize;
  const slice = largestDivisor(
    blocks,
    SLICE_BYTES / (height * width * emitter.blockSize * Float32Array.BYTES_PER_ELEMENT),
  );
  const slices = (name: string, sides: Sides): string =>
    emitter.reshape(toBlocks(emitter, name), [blocks / slice, 1, slice * emitter.blockSize, ...sides]);
  const body = emitter.body();
  const [image, gradient] = [body.named('x'), body.named('dy')];
  const routing = new Routing(body, slice, [height, width], [rows, columns], attributes);
  const items = [
    [image, slices(x, [height, width])],
    [gradient, slices(dy, [rows, columns])],
  ] as const;
  const stacked = emitter.scan(body, items, routing.gradient(image, gradient));
  return emitter.reshape(stacked, [batch, channels, height, width]);
}

/**
 * The gradient of some blocks of channels. First each window's dy goes to the one of its rows that has the largest number. Then it goes to
 * that number within the row. In one direction, with c(t) the largest of the first t numbers of a window of k, dy goes to the
 * t-th number just where c(t) is the maximum and c(t − 1) is not: dy · [c(t) = m] − dy · [c(t − 1) = m].
 */
class Routing {
  /** Of the images with the margins that windows see. */
  private readonly framed: Sides;
  /** Windows in each direction, and further ones with dy = 0, so that every pixel lies in one. */
  private readonly windows: Sides;

  constructor(
    private readonly emitter: OnnxEmitter,
    private readonly blocks: number,
    private readonly sides: Sides,
    private readonly pooled: Sides,
    private readonly attributes: PoolAttributes,
  ) {
    const { size, strides, margins } = attributes;
    const length = (axis: Axis): number =>
      Math.max(margins[axis][0] + sides[axis], (pooled[axis] - 1) * strides[axis] + size[axis]);
    this.framed = [length(0), length(1)];
    this.windows = [Math.ceil(length(0) / strides[0]), Math.ceil(length(1) / strides[1])];
  }

  /** All arrays are [1, C, H, W] in blocks but the result, which is in plain order. */
  gradient(x: string, dy: string): string {
    const { emitter, framed, windows, sides, pooled } = this;
    const [top, left] = [this.attributes.margins[0][0], this.attributes.margins[1][0]];
    const before: Sides = [top, left];
    const whole = this.padded(x, sides, before, [framed[0] - top - sides[0], framed[1] - left - sides[1]], LOWEST);
    const given = this.padded(dy, pooled, [0, 0], [windows[0] - pooled[0], windows[1] - pooled[1]], 0);
    const maxima = this.prefix(whole, 1, this.attributes.size[1]);
    const ofRows = this.route(maxima, this.prefix(maxima, 0, this.attributes.size[0]), given, 0);
    const rowsOnly: Sides = [framed[0], windows[1]];
    const toMaxima = this.cropped(ofRows, [windows[0] * this.attributes.strides[0], windows[1]], [0, 0], rowsOnly);
    const ofPixels = this.route(whole, maxima, toMaxima, 1);
    const result = this.cropped(ofPixels, [framed[0], windows[1] * this.attributes.strides[1]], before, sides);
    const channels = this.blocks * emitter.blockSize;
    return fromBlocks(emitter, result, channels);
  }

  /** From what `maxima` of windows along `axis` get to what the numbers x get, which may be more numbers than x has. */
  private route(x: string, maxima: string, dy: string, axis: Axis): string {
    const { emitter, windows, framed } = this;
    const { size, strides } = this.attributes;
    const sides: Sides = axis === 0 ? windows : [framed[0], windows[1]];
    const sums: string[] = [];
    let last: string | undefined;
    for (let place = 0; place < size[axis]; place++) {
      const isLast = place === size[axis] - 1;
      const soFar = isLast ? dy : this.where(this.prefix(x, axis, place + 1), maxima, dy);
      const share = last === undefined ? soFar : emitter.emit('Sub', [soFar, last]);
      last = soFar;
      const moved = this.shifted(share, sides, axis, Math.floor(place / strides[axis]));
      const sum = sums[place % strides[axis]];
      sums[place % strides[axis]] = sum === undefined ? moved : emitter.emit('Add', [sum, moved]);
    }
    return this.interleaved(sums, sides, axis);
  }

  /** dy where two are equal, else 0. */
  private where(a: string, b: string, dy: string): string {
    const equal = this.emitter.emit('Equal', [a, b]);
    return this.emitter.emit('Mul', [dy, this.emitter.emit('Cast', [equal], { to: ELEMENT_TYPE.float32 })]);
  }

  /** The largest of the first `length` numbers of each window along an axis. */
  private prefix(x: string, axis: Axis, length: number): string {
    const stride = this.attributes.strides[axis];
    const beyond = Math.max(0, (this.windows[axis] - 1) * stride + length - this.framed[axis]);
    return blockedMaxPool(this.emitter, x, {
      kernel_shape: axis === 0 ? [length, 1] : [1, length],
      strides: axis === 0 ? [stride, 1] : [1, stride],
      pads: axis === 0 ? [0, 0, beyond, 0] : [0, 0, 0, beyond],
    });
  }

  /** Moved by some places along an axis. What leaves a row enters the next one: it is zero, as such windows get nothing. */
  private shifted(images: string, [height, width]: Sides, axis: Axis, by: number): string {
    if (by === 0) return images;
    const { emitter, blocks } = this;
    const numbers = by * emitter.blockSize * (axis === 0 ? width : 1);
    const flat = emitter.reshape(images, [blocks, height * width * emitter.blockSize]);
    const moved = emitter.emit('Pad', [flat, emitter.ints([0, numbers, 0, -numbers])]);
    return this.asImages(moved, [height, width]);
  }

  /** Rows or columns of several in turns. */
  private interleaved(parts: readonly string[], [height, width]: Sides, axis: Axis): string {
    if (parts.length === 1) return must(parts[0], 'a part');
    const { emitter, blocks } = this;
    const apart =
      axis === 0 ? [blocks, height, 1, width * emitter.blockSize] : [blocks, height, width, emitter.blockSize];
    const joined = emitter.emit(
      'Concat',
      parts.map((part) => emitter.reshape(part, apart)),
      { axis: axis + 2 },
    );
    return this.asImages(joined, axis === 0 ? [height * parts.length, width] : [height, width * parts.length]);
  }

  private cropped(images: string, from: Sides, begin: Sides, to: Sides): string {
    if (from[0] === to[0] && from[1] === to[1]) return images;
    const { emitter } = this;
    const bounds = [begin, [begin[0] + to[0], begin[1] + to[1]], [1, 2]].map((list) => emitter.ints(list));
    return this.asImages(emitter.emit('Slice', [this.asPixels(images, from), ...bounds]), to);
  }

  private padded(images: string, sides: Sides, before: Sides, after: Sides, value: number): string {
    if ([...before, ...after].every((n) => n === 0)) return images;
    const { emitter } = this;
    const pads = emitter.ints([0, ...before, 0, 0, ...after, 0]);
    const framed = emitter.emit('Pad', [this.asPixels(images, sides), pads, emitter.floats([value])]);
    return this.asImages(framed, [before[0] + sides[0] + after[0], before[1] + sides[1] + after[1]]);
  }

  /** [blocks, H, W, channels of a block] */
  private asPixels(images: string, sides: Sides): string {
    return this.emitter.reshape(images, [this.blocks, ...sides, this.emitter.blockSize]);
  }

  private asImages(name: string, sides: Sides): string {
    return this.emitter.reshape(name, [1, this.blocks * this.emitter.blockSize, ...sides]);
  }
}

/** The largest number up to a limit that divides another; 1 at least. */
function largestDivisor(number: number, limit: number): number {
  for (let divisor = Math.min(number, Math.floor(limit)); divisor > 1; divisor--) {
    if (number % divisor === 0) return divisor;
  }
  return 1;
}
