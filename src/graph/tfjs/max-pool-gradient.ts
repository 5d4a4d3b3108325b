// The gradient of maximum pooling on the host, for backends whose kernel is wrong or slow.
import { dims4 } from '../checks.js';
import type { TypedNode } from '../operation.js';
import type { PoolAttributes, PoolGradientInputs } from '../operations/window.js';
import type { TfjsLowering, TfjsTensor } from './lowering.js';

/**
 * From images [B, H, W, C] and dy [B, H', W', C] to dx [B, H, W, C]: each dy goes to the first largest number of its
 * window. wasm's own kernel (4.22) sends nothing where a window is all negative and errs where numbers are equal, as they
 * are after a relu.
 */
export function maxPoolGradient(
  { tf }: TfjsLowering,
  x: TfjsTensor,
  dy: TfjsTensor,
  { inputs, attributes: { size, strides, margins } }: TypedNode<PoolAttributes, PoolGradientInputs>,
): TfjsTensor {
  const [, height, width, channels] = dims4(inputs[0]);
  const [batch, rows, columns] = dims4(inputs[1]);
  const numbers = x.dataSync<'float32'>();
  const gradient = dy.dataSync<'float32'>();
  const result = new Float32Array(numbers.length);
  const largest = new Float32Array(channels);
  const place = new Int32Array(channels);
  let from = 0;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      const top = row * strides[0] - margins[0][0];
      for (let column = 0; column < columns; column++) {
        const left = column * strides[1] - margins[1][0];
        largest.fill(-Infinity);
        place.fill(-1);
        for (let y = Math.max(top, 0); y < Math.min(top + size[0], height); y++) {
          for (let x0 = Math.max(left, 0); x0 < Math.min(left + size[1], width); x0++) {
            const pixel = ((image * height + y) * width + x0) * channels;
            for (let channel = 0; channel < channels; channel++) {
              const number = numbers[pixel + channel]!;
              if (number > largest[channel]!) {
                largest[channel] = number;
                place[channel] = pixel + channel;
              }
            }
          }
        }
        for (let channel = 0; channel < channels; channel++) {
          const to = place[channel]!;
          if (to >= 0) result[to] = result[to]! + gradient[from + channel]!;
        }
        from += channels;
      }
    }
  }
  return tf.tensor(result, [batch, height, width, channels], 'float32');
}
