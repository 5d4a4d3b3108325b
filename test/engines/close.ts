// Comparison of float32 arrays that were computed in different orders.
import { expect } from 'vitest';

/** Equal within `tolerance` of the largest expected number. */
export function expectClose(
  actual: Float32Array | undefined,
  expected: Float32Array,
  tolerance: number,
  what: string,
): void {
  expect(actual?.length, `length of ${what}`).toBe(expected.length);
  const scale = expected.reduce((largest, number) => Math.max(largest, Math.abs(number)), 1e-6);
  const worst = expected.reduce((error, number, i) => {
    const difference = Math.abs(number - (actual?.[i] as number));
    return Number.isNaN(difference) ? Infinity : Math.max(error, difference);
  }, 0);
  expect(worst / scale, `${what}: ${preview(actual)} for ${preview(expected)}`).toBeLessThanOrEqual(tolerance);
}

function preview(numbers: Float32Array | undefined): string {
  return `[${[...(numbers ?? [])].slice(0, 6).join(', ')}${(numbers?.length ?? 0) > 6 ? ', …' : ''}]`;
}
