// A picture of what a network saw, with where it looked laid over it.
import sharp, { type Sharp } from 'sharp';
import type { ActivationMap } from '../../trainer/model/class-activation.js';
import { overlaid } from './overlay.js';

/**
 * @param pixels RGB, [side, side, 3]: the image, resized as for the network, but large enough to look at.
 * @returns a picture that sharp can write.
 */
export function explainedPicture(pixels: Uint8Array, side: number, map: ActivationMap): Sharp {
  const rgba = new Uint8Array(side * side * 4).fill(255);
  for (let i = 0; i < side * side; i++) rgba.set(pixels.subarray(3 * i, 3 * i + 3), 4 * i);
  const picture = overlaid({ rgba, width: side, height: side }, map);
  return sharp(picture, { raw: { width: side, height: side, channels: 4 } }).removeAlpha();
}
