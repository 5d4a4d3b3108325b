// Dropout masks, drawn on the host so that every engine drops the same.
import type { RandomStream } from '../../math/random.js';

/** Inverted dropout (Srivastava et al. 2014): each number is 0 with probability `rate`, else 1 / (1 − rate). */
export function dropoutMask(length: number, rate: number, random: RandomStream): Float32Array {
  const mask = new Float32Array(length);
  if (rate === 0) return mask.fill(1);
  const kept = 1 / (1 - rate);
  const threshold = rate * 0x1_0000_0000;
  const draws = new Uint32Array(length);
  random.fillUint32(draws);
  for (let i = 0; i < length; i++) mask[i] = (draws[i] as number) < threshold ? 0 : kept;
  return mask;
}
