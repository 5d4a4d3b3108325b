// From a drawn scene to a photograph: weather, exposure, focus and noise, as the augmentation operations make them.
import type { RandomStream } from '../../math/random.js';
import { recolour } from '../augmentation/colour.js';
import { blur, noise } from '../augmentation/filters.js';
import { fog, night, rain } from '../augmentation/weather.js';

/** Changes the pixels (RGB, uint8, size · size · 3) in place. `difficulty` in [0, 1]. */
export function photograph(pixels: Uint8Array, size: number, random: RandomStream, difficulty: number): void {
  const weather = random.next();
  const force = random.uniform(0.35, 0.95) * difficulty;
  if (weather < 0.25) fog(pixels, size, force, random);
  else if (weather < 0.5) night(pixels, size, Math.min(0.9, 0.25 + force * 0.8), random);
  if (random.next() < 0.3) rain(pixels, size, random.uniform(0.3, 1) * difficulty, random);
  expose(pixels, random, difficulty);
  if (random.next() < 0.5) blur(pixels, size, random.uniform(0, 0.022) * difficulty);
  noise(pixels, random.uniform(0.004, 0.045) * difficulty, random);
}

/** Exposure and white balance. */
function expose(pixels: Uint8Array, random: RandomStream, difficulty: number): void {
  const gain = 1 + random.uniform(-0.3, 0.3) * difficulty;
  const warmth = random.uniform(-0.14, 0.14) * difficulty;
  const lift = random.uniform(-14, 22) * difficulty;
  recolour(pixels, [
    [gain * (1 + warmth), 0, 0, lift],
    [0, gain, 0, lift],
    [0, 0, gain * (1 - warmth), lift],
  ]);
}
