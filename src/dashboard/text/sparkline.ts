// A curve in one row of block characters.
import { must } from '../../system/must.js';

const LEVELS = '▁▂▃▄▅▆▇█';

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The range of the values that are finite; undefined where there are none. */
export function rangeOf(values: Iterable<number | undefined>): Range | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === undefined || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? { low, high } : undefined;
}

/**
 * One character for each value, or for each run of neighbours where there are more values than `width`: the latest known one
 * of the run. Values that are missing or not finite are blank.
 */
export function sparkline(values: readonly (number | undefined)[], range: Range, width: number): string {
  const columns = Math.min(values.length, width);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    const value = values.slice(from, to).findLast((one) => one !== undefined && Number.isFinite(one));
    return value === undefined ? ' ' : level(value, range);
  }).join('');
}

function level(value: number, { low, high }: Range): string {
  const share = high > low ? (value - low) / (high - low) : 0.5;
  const index = Math.round(Math.min(1, Math.max(0, share)) * (LEVELS.length - 1));
  return must(LEVELS[index], 'a level');
}
