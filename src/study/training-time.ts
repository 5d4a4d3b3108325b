// How long slots trained: of batched trials in one slot each reports the seconds of all of them.
import { type MachineKind, describeKind, isSameKind } from './machine-kind.js';
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

export interface MachineTime {
  /** The kind of machine, in words. */
  readonly machine: string;
  /** Trials with an epoch whose last one was there. */
  readonly trials: number;
  /** Seconds of their epochs. */
  readonly seconds: number;
}

/**
 * Where time went, where trials were on several kinds of machines: the most first, else empty.
 * @param began the kind on which the study began; missing in journals of earlier versions.
 */
export function timeByMachine(trials: readonly Trial[], began: MachineKind | undefined): MachineTime[] {
  const kinds: { readonly kind: MachineKind | undefined; trials: Trial[] }[] = [];
  for (const trial of trials) {
    if (trial.reports.length === 0) continue;
    const place = trial.machine ?? began;
    const known = kinds.find(({ kind }) => isSameKind(kind, place));
    if (known === undefined) kinds.push({ kind: place, trials: [trial] });
    else known.trials.push(trial);
  }
  if (kinds.length < 2) return [];
  return kinds
    .map(({ kind, trials: own }) => ({
      machine: kind === undefined ? 'where the study began' : describeKind(kind),
      trials: own.length,
      seconds: trainingTime(own),
    }))
    .sort((a, b) => b.seconds - a.seconds);
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
