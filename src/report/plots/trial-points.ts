// Trials as points of a plot: one series and one mark for each way that a trial can stand. No trial is left out.
import type { Trial } from '../../study/trial.js';
import { counted } from '../../system/format.js';
import { COLOURS, POINT_OPACITY } from './palette.js';
import { CROSS, type LegendEntry } from './plot.js';
import { type ValueRange, edgeMark, edgeNote, isBeyond, valueRange, within } from './range.js';

/** An item of a series: place, value, number of the trial; with a mark of its own at an edge. */
export type TrialPoint = (number | string)[] | { readonly value: (number | string)[] };

export interface TrialPoints {
  readonly series: { readonly name: string; readonly data: readonly TrialPoint[] }[];
  readonly legend: readonly LegendEntry[];
}

/** How a trial stands, in the words of legends. */
export type Standing = 'completed' | 'pruned' | 'not finished' | 'failed';

/** Undefined for a trial that has nothing to show yet. A trial that ended without a value is drawn like one that failed. */
export function standingOf({ outcome, best }: Trial): Standing | undefined {
  if (outcome === undefined) return best === undefined ? undefined : 'not finished';
  return best === undefined ? 'failed' : outcome.status;
}

/** The marks of points, in the order in which they are drawn. */
const MARKS = {
  pruned: { mark: 'triangle', colour: COLOURS.pruned, look: { symbol: 'triangle', symbolRotate: 180 } },
  failed: { mark: 'cross', colour: COLOURS.failed, look: { symbol: CROSS } },
  completed: { mark: 'circle', colour: COLOURS.completed, look: { symbol: 'circle' } },
  'not finished': { mark: 'ring', colour: COLOURS.unfinished, look: { symbol: 'circle' } },
} as const;

/** The range of the values that trials may be compared by. */
export function rangeOfTrials(trials: readonly Trial[], maximize: boolean): ValueRange {
  return valueRange(comparable(trials), maximize);
}

/** Of ended and of unfinished trials; that of a failed one says nothing. */
function comparable(trials: readonly Trial[]): number[] {
  return trials.flatMap((trial) =>
    trial.best === undefined || standingOf(trial) === 'failed' ? [] : [trial.best.value],
  );
}

/**
 * @param place where a trial stands on the other axis; undefined where it has no place there.
 * @param maximize which edge is the worse one: failed trials lie on it.
 */
export function trialPoints(
  trials: readonly Trial[],
  range: ValueRange,
  maximize: boolean,
  place: (trial: Trial) => number | string | undefined,
): TrialPoints {
  const points = new Map<Standing, TrialPoint[]>();
  for (const trial of trials) {
    const standing = standingOf(trial);
    const x = place(trial);
    if (standing === undefined || x === undefined) continue;
    const own = points.get(standing) ?? [];
    own.push(pointOf(trial, standing, x, range, maximize));
    points.set(standing, own);
  }
  const present = (['completed', 'pruned', 'failed', 'not finished'] as const).filter((one) => points.has(one));
  return {
    legend: present.map((name) => ({ name, mark: MARKS[name].mark })),
    series: present.map((name) => ({
      name,
      type: 'scatter',
      ...MARKS[name].look,
      symbolSize: sizeFor(trials.length),
      itemStyle:
        MARKS[name].mark === 'ring'
          ? ringOf(MARKS[name].colour)
          : { color: MARKS[name].colour, opacity: POINT_OPACITY },
      // At once: a printer does not wait for the rest.
      progressive: 0,
      data: points.get(name) ?? [],
    })),
  };
}

function pointOf(
  { number, best }: Trial,
  standing: Standing,
  x: number | string,
  range: ValueRange,
  maximize: boolean,
): TrialPoint {
  if (standing === 'failed' || best === undefined) return [x, maximize ? range.min : range.max, number];
  if (!isBeyond(best.value, range)) return [x, within(best.value, range), number];
  return { value: [x, within(best.value, range), number], ...edgeMark(best.value, range) };
}

/** For a caption: what lies at the edge. */
export function pointsNote(trials: readonly Trial[], range: ValueRange): string {
  const failed = trials.filter((trial) => standingOf(trial) === 'failed').length;
  return `${edgeNote(comparable(trials), range)}${failed === 0 ? '' : ` Crosses at the edge: ${counted(failed, 'trial')} without a value that counts.`}`;
}

/** A circle without filling. */
export function ringOf(colour: string): object {
  return { color: 'transparent', borderColor: colour, borderWidth: 1.5 };
}

function sizeFor(count: number): number {
  return count > 2000 ? 4 : count > 300 ? 6 : 8;
}
