// Geometry: operations composed into one affine map, and one warp with bilinear sampling and reflected borders.
import type { RandomStream } from '../../math/random.js';
import type { Operation } from '../../study/augmentation-operations.js';
import { kernels, onCanvas } from './kernels.js';

/**
 * From a point of the result to the point of the source that it shows: x' = a·x + b·y + c, y' = d·x + e·y + f, in shares
 * of the side about the centre, x to the right, y down.
 */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const IDENTITY: AffineMap = [1, 0, 0, 0, 1, 0];

export const GEOMETRY = ['horizontalFlip', 'verticalFlip', 'rotation', 'zoom', 'shift', 'crop'] as const;
export type GeometryName = (typeof GEOMETRY)[number];

export function isGeometry(operation: Operation): operation is Operation<GeometryName> {
  return (GEOMETRY as readonly string[]).includes(operation.type);
}

/** The map of `before`, then this operation with parameters drawn from `random`. */
export function compose(before: AffineMap, operation: Operation<GeometryName>, random: RandomStream): AffineMap {
  return multiply(before, backward(operation, random));
}

/** The operation's own map from result to source. */
function backward(operation: Operation<GeometryName>, random: RandomStream): AffineMap {
  switch (operation.type) {
    case 'horizontalFlip':
      return [-1, 0, 0, 0, 1, 0];
    case 'verticalFlip':
      return [1, 0, 0, 0, -1, 0];
    case 'rotation': {
      const angle = (random.uniform(...operation.degrees) * Math.PI) / 180;
      const [cos, sin] = [rounded(Math.cos(angle)), rounded(Math.sin(angle))];
      return [cos, -sin, 0, sin, cos, 0];
    }
    case 'zoom': {
      const scale = 1 / random.uniform(...operation.factor);
      return [scale, 0, 0, 0, scale, 0];
    }
    case 'shift':
      return [1, 0, -random.uniform(...operation.share), 0, 1, -random.uniform(...operation.share)];
    case 'crop': {
      const area = random.uniform(...operation.area);
      const aspect = random.uniform(...operation.aspect);
      const width = Math.min(1, Math.sqrt(area * aspect));
      const height = Math.min(1, Math.sqrt(area / aspect));
      const x = (1 - width) * (random.next() - 0.5);
      const y = (1 - height) * (random.next() - 0.5);
      return [width, 0, x, 0, height, y];
    }
  }
}

/** Sines may differ in their last bit between engines; what follows from them must not. */
function rounded(value: number): number {
  return Math.round(value * 2 ** 30) / 2 ** 30;
}

/** First `n`, then `m`. */
function multiply(m: AffineMap, n: AffineMap): AffineMap {
  return [
    m[0] * n[0] + m[1] * n[3],
    m[0] * n[1] + m[1] * n[4],
    m[0] * n[2] + m[1] * n[5] + m[2],
    m[3] * n[0] + m[4] * n[3],
    m[3] * n[1] + m[4] * n[4],
    m[3] * n[2] + m[4] * n[5] + m[5],
  ];
}

/** 16 fractional bits for coordinates, of which the upper 8 weigh neighbours. */
const ONE = 65536;

/**
 * Samples `pixels` (RGB, uint8, size · size · 3) through the map into `result`. What lies outside is mirrored at the outermost pixels.
 */
export function warp(pixels: Uint8Array, size: number, [a, b, c, d, e, f]: AffineMap, result: Uint8Array): void {
  const { warpRow, memory } = kernels();
  onCanvas(result, ({ canvas, other }) => {
    new Uint8Array(memory.buffer, other, pixels.length).set(pixels);
    const centre = (size - 1) / 2;
    const [stepX, stepY] = [Math.round(a * ONE), Math.round(d * ONE)];
    for (let y = 0; y < size; y++) {
      const sourceX = Math.round((b * (y - centre) - a * centre + c * size + centre) * ONE);
      const sourceY = Math.round((e * (y - centre) - d * centre + f * size + centre) * ONE);
      warpRow(other, canvas + 3 * y * size, size, sourceX, sourceY, stepX, stepY);
    }
  });
}
