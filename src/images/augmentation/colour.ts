// Colour: brightness, contrast and saturation composed into one affine map of RGB, applied in one pass.
import type { RandomStream } from '../../math/random.js';
import type { Operation } from '../../study/augmentation-operations.js';
import { kernels, onCanvas } from './kernels.js';

export const COLOUR = ['brightness', 'contrast', 'saturation'] as const;
export type ColourName = (typeof COLOUR)[number];

export function isColour(operation: Operation): operation is Operation<ColourName> {
  return (COLOUR as readonly string[]).includes(operation.type);
}

/** Luminance of RGB (ITU-R BT.601). */
export const LUMINANCE = [0.299, 0.587, 0.114] as const;

/** Three rows of a 3 × 4 matrix: result = row · (r, g, b, 1). */
export type ColourMap = readonly [Row, Row, Row];
type Row = readonly [number, number, number, number];

export const SAME_COLOUR: ColourMap = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
];

/** The map of `before`, then this operation with a factor drawn from `random`. `mean` is that of the pixels, RGB. */
export function composeColour(
  before: ColourMap,
  operation: Operation<ColourName>,
  random: RandomStream,
  mean: () => readonly number[],
): ColourMap {
  const factor = random.uniform(...operation.factor);
  switch (operation.type) {
    case 'brightness':
      return each(before, (row) => row.map((value) => value * factor));
    case 'contrast': {
      const [r, g, b] = mean() as [number, number, number];
      const level = luminanceOf(each(before, ([x, y, z, w]) => [0, 0, 0, x * r + y * g + z * b + w]))[3];
      return each(before, ([x, y, z, w]) => [x * factor, y * factor, z * factor, w * factor + level * (1 - factor)]);
    }
    case 'saturation': {
      const grey = luminanceOf(before);
      return each(before, (row) => row.map((value, i) => value * factor + (grey[i] as number) * (1 - factor)));
    }
  }
}

function each(map: ColourMap, change: (row: Row) => readonly number[]): ColourMap {
  return map.map(change) as unknown as ColourMap;
}

function luminanceOf([r, g, b]: ColourMap): Row {
  return r.map((value, i) => {
    return LUMINANCE[0] * value + LUMINANCE[1] * (g[i] as number) + LUMINANCE[2] * (b[i] as number);
  }) as unknown as Row;
}

/** Mean red, green and blue. */
export function meanColour(pixels: Uint8Array): [number, number, number] {
  let [r, g, b] = [0, 0, 0];
  onCanvas(pixels, ({ canvas }) => {
    [r, g, b] = kernels().sums(canvas, pixels.length);
  });
  const count = pixels.length / 3;
  return [r / count, g / count, b / count];
}

/** Changes the pixels in place; values are rounded and clamped once, at the end. */
export function recolour(pixels: Uint8Array, [red, green, blue]: ColourMap): void {
  onCanvas(pixels, ({ canvas }) => kernels().recolour(canvas, pixels.length, ...red, ...green, ...blue));
}
