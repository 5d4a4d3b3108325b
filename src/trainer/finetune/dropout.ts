// Dropout masks, drawn on the host so that every engine drops the same.
import type { RandomStream } from '../../math/random.js';

/** Inverted dropout (Srivastava et al. 2014): each number is 0 with probability `rate`, else 1 / (1 − rate). */
export function fillDropoutMask(mask: Float32Array, rate: number, random: RandomStream): void {
  if (rate === 0) {
    mask.fill(1);
    return;
  }
  const kept = 1 / (1 - rate);
  const threshold = rate * 0x1_0000_0000;
  const draws = new Uint32Array(mask.length);
  random.fillUint32(draws);
  for (let i = 0; i < mask.length; i++) mask[i] = (draws[i] as number) < threshold ? 0 : kept;
}
