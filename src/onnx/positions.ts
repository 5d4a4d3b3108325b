// Tables of positions for another size of images.
import { must } from '../system/must.js';
import type { FileTensor } from './file-model.js';
import { boundedCount } from './known.js';
import { type ResizeRule, resizeMatrix } from './operators/resize.js';
import { floatsOf, isFloat } from './tensors.js';

/** As timm resamples absolute positions: bicubic, with averaging where it shrinks. */
const RULE: ResizeRule = {
  mode: 'cubic',
  coordinates: 'half_pixel',
  nearest: 'floor',
  cubic: -0.5,
  excludeOutside: true,
  antialias: true,
};

/** Tokens before those of the image: class token, distillation token, registers. */
const MOST_PREFIX = 16;

/**
 * A table [1, N, C] or [1, H, W, C] for arrays [B, N′, C] or [B, H′, W′, C]; its N are tokens before the image, then a square. undefined where it
 * fits already, or is no such table.
 */
export function resampled(table: FileTensor, beside: readonly number[]): FileTensor | undefined {
  const { shape, type } = table;
  if (!isFloat(type) || shape.length !== beside.length || shape[0] !== 1) return undefined;
  if (shape.at(-1) !== beside.at(-1)) return undefined;
  const channels = must(shape.at(-1), 'channels');
  if (shape.every((d, i) => d === 1 || d === beside[i])) return undefined;
  if (shape.length === 4) {
    const [, height = 1, width = 1] = shape;
    const [, rows = 1, columns = 1] = beside;
    const data = grid(floatsOf(table), { channels, from: [height, width], to: [rows, columns] });
    return tensorOf(data, [1, rows, columns, channels]);
  }
  if (shape.length !== 3) return undefined;
  const [, old = 1] = shape;
  const [, wanted = 1] = beside;
  for (let prefix = 0; prefix < MOST_PREFIX; prefix++) {
    const [from, to] = [Math.sqrt(old - prefix), Math.sqrt(wanted - prefix)];
    if (!Number.isInteger(from) || !Number.isInteger(to)) continue;
    const numbers = floatsOf(table);
    const own = numbers.subarray(0, prefix * channels);
    const moved = grid(numbers.subarray(prefix * channels), { channels, from: [from, from], to: [to, to] });
    const data = new Float32Array(own.length + moved.length);
    data.set(own);
    data.set(moved, own.length);
    return tensorOf(data, [1, wanted, channels]);
  }
  return undefined;
}

interface Grid {
  readonly channels: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** [h, w, C] to [h′, w′, C]. */
function grid(numbers: Float32Array, { channels, from, to }: Grid): Float32Array {
  boundedCount(to[0] * to[1] * channels, 'numbers of positions');
  const down = resizeMatrix(from[0], to[0], to[0] / from[0], RULE);
  const across = resizeMatrix(from[1], to[1], to[1] / from[1], RULE);
  const result = new Float32Array(to[0] * to[1] * channels);
  for (let row = 0; row < to[0]; row++) {
    for (let y = 0; y < from[0]; y++) {
      if (down[row * from[0] + y] === 0) continue;
      for (let column = 0; column < to[1]; column++) {
        for (let x = 0; x < from[1]; x++) {
          const share = must(down[row * from[0] + y], 'a weight') * must(across[column * from[1] + x], 'a weight');
          if (share === 0) continue;
          const [into, source] = [(row * to[1] + column) * channels, (y * from[1] + x) * channels];
          for (let c = 0; c < channels; c++) {
            result[into + c] = must(result[into + c], 'a number') + share * must(numbers[source + c], 'a number');
          }
        }
      }
    }
  }
  return result;
}

function tensorOf(data: Float32Array, shape: readonly number[]): FileTensor {
  return { type: 'float32', shape, bytes: new Uint8Array(data.buffer) };
}
