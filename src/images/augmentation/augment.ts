// Applies a strategy to one image: a pure function of pixels, strategy and random stream.
import type { RandomStream } from '../../math/random.js';
import { IDENTITY, compose, isGeometry, warp } from './affine.js';
import {
  type ColourMap,
  type ColourName,
  SAME_COLOUR,
  composeColour,
  isColour,
  meanColour,
  recolour,
} from './colour.js';
import { blur, cutout, noise } from './filters.js';
import type { GeometryName } from './affine.js';
import { canvasOf } from './kernels.js';
import type { Operation } from '../../study/augmentation-operations.js';
import type { AugmentationStrategy } from './strategy.js';
import { fog, night, rain } from './weather.js';

/**
 * One view of an image. Geometry comes first, as one warp; the rest follows in the strategy's order, neighbouring colour
 * operations as one pass.
 * @param pixels RGB, uint8, size · size · 3; not written to.
 * @param random usually `augmentationStream(…)`.
 * @param result what is written to and returned, of the same shape.
 */
export function augment(
  pixels: Uint8Array,
  size: number,
  strategy: AugmentationStrategy,
  random: RandomStream,
  result: Uint8Array = new Uint8Array(pixels.length),
): Uint8Array {
  const chosen = strategy.operations.filter(({ probability }) => random.next() < probability);
  const map = chosen.filter(isGeometry).reduce((before, operation) => compose(before, operation, random), IDENTITY);
  const canvas = canvasOf(pixels.length);
  if (map === IDENTITY) canvas.set(pixels);
  else warp(pixels, size, map, canvas);
  let colour: ColourMap = SAME_COLOUR;
  const finishColour = (): void => {
    if (colour !== SAME_COLOUR) recolour(canvas, colour);
    colour = SAME_COLOUR;
  };
  for (const operation of chosen) {
    if (isGeometry(operation)) continue;
    if (isColour(operation)) {
      colour = composeColour(colour, operation, random, () => meanColour(canvas));
    } else {
      finishColour();
      applyFilter(canvas, size, operation, random);
    }
  }
  finishColour();
  result.set(canvas);
  return result;
}

type FilterName = Exclude<Operation['type'], GeometryName | ColourName>;

function applyFilter(pixels: Uint8Array, size: number, operation: Operation<FilterName>, random: RandomStream): void {
  switch (operation.type) {
    case 'blur':
      return blur(pixels, size, random.uniform(...operation.deviation));
    case 'noise':
      return noise(pixels, random.uniform(...operation.deviation), random);
    case 'cutout':
      return cutout(pixels, size, random.uniform(...operation.area), random);
    case 'rain':
      return rain(pixels, size, random.uniform(...operation.amount), random);
    case 'fog':
      return fog(pixels, size, random.uniform(...operation.density), random);
    case 'night':
      return night(pixels, size, random.uniform(...operation.darkness), random);
  }
}
