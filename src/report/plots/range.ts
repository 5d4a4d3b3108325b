// The range of values that a plot shows, and its edges: what lies beyond is drawn on them and marked, never left out.
import { counted } from '../../system/format.js';

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Six digits are more than a plot shows, and keep the file small. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/**
 * A range that shows the better part: from a low quantile, so that collapsed trials do not press the others together, to the
 * best, with a margin. Values beyond it belong on the edge.
 */
export function valueRange(values: readonly number[], maximize: boolean): ValueRange {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const cut = sorted.length >= 20 ? 0.08 : 0;
  const low = at(maximize ? cut : 0);
  const high = at(maximize ? 1 : 1 - cut);
  return roundRange(low, high);
}

/** Bounds a little beyond the range, at numbers that read well. */
export function roundRange(low: number, high: number): ValueRange {
  const margin = (high - low) * 0.04 || Math.abs(high) * 0.01 || 0.01;
  const step = roundStep((high - low) / 10 || margin);
  return {
    min: rounded(Math.floor((low - margin) / step) * step),
    max: rounded(Math.ceil((high + margin) / step) * step),
  };
}

/** The nearest of 1, 2 and 5 times a power of ten, from below. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * (size >= 5 * power ? 5 : size >= 2 * power ? 2 : 1);
}

/** Where a value is drawn: at its place, or on the edge that it lies beyond. */
export function within(value: number, { min, max }: ValueRange): number {
  return value < min ? min : value > max ? max : rounded(value);
}

export function isBeyond(value: number, { min, max }: ValueRange): boolean {
  return value < min || value > max;
}

/** The arrow on the edge that a value lies beyond, as part of a data item. */
export function edgeMark(value: number, { min }: ValueRange): object {
  const isLow = value < min;
  // Inside the grid, so that it hides no label of the axis.
  return { symbol: 'arrow', symbolRotate: isLow ? 180 : 0, symbolOffset: [0, isLow ? '-50%' : '50%'], symbolSize: 10 };
}

/** For a caption, where values lie beyond the range. */
export function edgeNote(values: readonly number[], range: ValueRange, what = 'trial'): string {
  const beyond = values.filter((value) => isBeyond(value, range)).length;
  return beyond === 0 ? '' : ` Arrows at the edge: ${counted(beyond, what)} beyond the axis.`;
}

/** An axis of values whose ends are no round numbers to write down. */
export function valueAxis(range: ValueRange): object {
  return { type: 'value', ...range, axisLabel: { showMinLabel: false, showMaxLabel: false } };
}
