// What every plot is, and what plots have in common.
import type { EChartsOption } from 'echarts';
import { counted } from '../../system/format.js';
import type { Trial } from '../../study/trial.js';

/** A plot as plain data: the browser draws it, and so does the program, as SVG. */
export interface Plot {
  /** Such as 'history'; also names a file. */
  readonly id: string;
  readonly title: string;
  /** How to read it, in a sentence. */
  readonly caption: string;
  /** Height in pixels. */
  readonly height: number;
  /** The least width in pixels at which it can be read; narrower screens scroll it. */
  readonly leastWidth?: number;
  /** The most width in pixels that it gains by. */
  readonly mostWidth?: number;
  /** What the last number of each data item is, so that hovering can say more: a trial's number. */
  readonly hover?: 'trial';
  /** Whether it may stand beside others in a grid. */
  readonly small?: boolean;
  readonly option: EChartsOption;
}

/** Okabe and Ito (2008): told apart by people with any common colour vision deficiency. */
export const COLOURS = {
  best: '#cc79a7',
  completed: '#0072b2',
  pruned: '#e69f00',
  failed: '#d55e00',
  model: '#009e73',
} as const;

export const GRID = { left: 14, right: 18, top: 40, bottom: 8, containLabel: true } as const;

/** With room for the name of the axis below. */
export const NAMED_GRID = { ...GRID, bottom: 30 } as const;

export function named(name: string): object {
  return { name, nameLocation: 'middle', nameGap: 28 };
}

/** One row, however narrow the screen. */
export const LEGEND = { type: 'scroll', top: 4, left: 0, right: 90 } as const;

/** An axis of values whose ends are no round numbers to write down. */
export function valueAxis(range: { readonly min: number; readonly max: number }): object {
  return { type: 'value', ...range, axisLabel: { showMinLabel: false, showMaxLabel: false } };
}

/** Zooming into a rectangle, and back. */
export const TOOLBOX = {
  right: 8,
  itemSize: 14,
  feature: { dataZoom: { filterMode: 'none' as const }, restore: {} },
} as const;

/** Six digits are more than a plot shows, and keep the file small. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/**
 * A range that shows the better part: from a low quantile, so that collapsed trials do not press the others together, to the
 * best, with a margin. Values beyond it can be reached by zooming out.
 */
export function valueRange(values: readonly number[], maximize: boolean): { min: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const cut = sorted.length >= 20 ? 0.08 : 0;
  const low = at(maximize ? cut : 0);
  const high = at(maximize ? 1 : 1 - cut);
  return roundRange(low, high);
}

/** A point of a trial, and, at the edge, the symbol that says so. */
export type TrialPoint = (number | string)[] | { readonly value: (number | string)[]; readonly symbol: string };

/**
 * A point of a trial. Where its value lies beyond the range it stands at the edge, as an arrow: no trial is dropped. Hovering says its
 * value, as of every other.
 */
export function trialPoint(
  x: number | string,
  value: number,
  number: number,
  range: { readonly min: number; readonly max: number },
): TrialPoint {
  const edge = value < range.min ? range.min : value > range.max ? range.max : undefined;
  if (edge === undefined) return [x, rounded(value), number];
  return { value: [x, edge, number], symbol: 'arrow' };
}

/** For a caption, where trials lie beyond the range. */
export function edgeNote(values: readonly number[], range: { readonly min: number; readonly max: number }): string {
  const beyond = values.filter((value) => value < range.min || value > range.max).length;
  return beyond === 0 ? '' : ` Arrows at the edge: ${counted(beyond, 'trial')} beyond the axis.`;
}

/** Bounds a little beyond the range, at numbers that read well. */
export function roundRange(low: number, high: number): { min: number; max: number } {
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

/** Finished trials with a value, in order. */
export function valued(trials: readonly Trial[]): (Trial & { readonly best: NonNullable<Trial['best']> })[] {
  return trials.filter(
    (trial): trial is Trial & { readonly best: NonNullable<Trial['best']> } =>
      trial.best !== undefined && trial.outcome !== undefined && trial.outcome.status !== 'failed',
  );
}
