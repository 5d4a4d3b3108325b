// What every plot is, and what plots have in common.
import type { EChartsOption } from 'echarts';
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

/** Labels and names of axes take the room that they need. */
export const GRID = {
  left: 8,
  right: 18,
  top: 40,
  bottom: 8,
  outerBoundsMode: 'same',
  outerBoundsContain: 'all',
} as const;

/** The name of an axis, beside its middle. */
export function named(name: string): object {
  return { name, nameLocation: 'middle', nameGap: 24, nameMoveOverlap: true, nameTruncate: { maxWidth: 260 } };
}

/** Marks that ECharts lacks, for legends and points. */
const PATHS = {
  line: 'path://M0,4h24v3h-24z',
  dashed: 'path://M0,4h9v3h-9zM15,4h9v3h-9z',
  dotted: 'path://M0,4h3v3h-3zM7,4h3v3h-3zM14,4h3v3h-3zM21,4h3v3h-3z',
  pruning: 'path://M0,0h24v3h-7l-5,8l-5,-8h-7z',
  band: 'path://M0,0h24v11h-24z',
  triangle: 'path://M0,0h12l-6,10z',
  cross: 'path://M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z',
} as const;

export const CROSS = PATHS.cross;

export interface LegendEntry {
  /** As the series is called. */
  readonly name: string;
  /** What the series is drawn with. */
  readonly mark: 'circle' | 'ring' | keyof typeof PATHS;
}

/** A legend in one row, however narrow the screen, with the marks that the plot has. */
export function legendOf(entries: readonly LegendEntry[], right = 90): object {
  const data = entries.map(({ name, mark }) => {
    if (mark === 'circle') return { name, icon: 'circle' };
    if (mark === 'ring') return { name, icon: 'circle' };
    return { name, icon: PATHS[mark] };
  });
  return { type: 'scroll', top: 4, left: 0, right, itemWidth: 22, itemHeight: 11, data };
}

/** Zooming into a rectangle, and back. */
export const TOOLBOX = {
  right: 8,
  itemSize: 14,
  feature: { dataZoom: { filterMode: 'none' as const }, restore: {} },
} as const;

/** Finished trials with a value, in order. */
export function valued(trials: readonly Trial[]): (Trial & { readonly best: NonNullable<Trial['best']> })[] {
  return trials.filter(
    (trial): trial is Trial & { readonly best: NonNullable<Trial['best']> } =>
      trial.best !== undefined && trial.outcome !== undefined && trial.outcome.status !== 'failed',
  );
}
