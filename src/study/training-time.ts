// How long slots trained: of batched trials in one slot each reports the seconds of all of them.
import type { Trial } from './trial.js';

interface SlotTime {
  /** What the trials reported, in seconds. */
  reported: number;
  readonly spans: { readonly from: number; readonly until: number }[];
}

/** Seconds, of all slots together, that epochs took by the trials' reports, but of no slot more than trials were in it. */
export function trainingTime(trials: readonly Trial[]): number {
  const slots = new Map<number | undefined, SlotTime>();
  for (const { slot, reports, startedAt, endedAt } of trials) {
    const seconds = reports.reduce((sum, report) => sum + (report.seconds ?? 0), 0);
    const time = slots.get(slot) ?? { reported: 0, spans: [] };
    slots.set(slot, time);
    time.reported += seconds;
    if (startedAt === undefined) continue;
    time.spans.push({ from: startedAt, until: Math.max(endedAt ?? 0, startedAt + 1000 * seconds) });
  }
  return [...slots].reduce((sum, [slot, { reported, spans }]) => {
    return sum + (slot === undefined ? reported : Math.min(reported, secondsCovered(spans)));
  }, 0);
}

/** What the trial's epochs took; the wall clock where the trainer does not say, which counts pauses too. */
export function trainingSeconds(trial: Trial): number | undefined {
  if (trial.reports.length > 0 && trial.reports.every(({ seconds }) => seconds !== undefined)) {
    return trial.reports.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  }
  if (trial.startedAt === undefined || trial.endedAt === undefined) return undefined;
  return (trial.endedAt - trial.startedAt) / 1000;
}

/** Seconds that lie within any of the spans, which are in milliseconds. */
function secondsCovered(spans: SlotTime['spans']): number {
  let covered = 0;
  let last = -Infinity;
  for (const { from, until } of spans.toSorted((a, b) => a.from - b.from)) {
    covered += Math.max(0, until - Math.max(from, last));
    last = Math.max(last, until);
  }
  return covered / 1000;
}
