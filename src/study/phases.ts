// The phases of a trial: the head alone, then the top blocks with it, all at once or one by one.
import type { TrainingConfiguration } from './schema/training-schema.js';

export interface Phase {
  /** Blocks trained, from the top. */
  readonly depth: number;
  /** First epoch, counted from 1. */
  readonly start: number;
  readonly epochs: number;
  /** False in the head phase before unfreezing, whose rate is `headLearningRate`, constant. */
  readonly scheduled: boolean;
}

/** The fields that phases follow from. */
export type PhaseFields = Pick<
  TrainingConfiguration,
  'epochs' | 'headEpochs' | 'unfreezeDepth' | 'unfreezing' | 'unfreezeEvery'
>;

/**
 * The phases of a configuration, together `epochs` long. With nothing to unfreeze there is one. Otherwise the head is trained first, so that
 * an untrained head does not spoil the pre-trained blocks. The last phase always trains all blocks asked for: the head phase leaves it
 * at least one epoch, and gradual unfreezing goes faster where the epochs would end first.
 */
export function phasesOf(configuration: PhaseFields): readonly Phase[] {
  const { epochs, unfreezeDepth } = configuration;
  if (unfreezeDepth === 0) return [{ depth: 0, start: 1, epochs, scheduled: true }];
  const headEpochs = Math.min(configuration.headEpochs, epochs - 1);
  const head: Phase = { depth: 0, start: 1, epochs: headEpochs, scheduled: false };
  const starts = joiningEpochs(configuration, epochs - headEpochs);
  const blocks = [...starts].map(([start, depth], i): Phase => {
    const end = [...starts.keys()][i + 1] ?? epochs - headEpochs;
    return { depth, start: headEpochs + 1 + start, epochs: end - start, scheduled: true };
  });
  return headEpochs === 0 ? blocks : [head, ...blocks];
}

/** Whether the epochs are too few for the head phase or for the pace of unfreezing as configured. */
export function isShortened({ epochs, headEpochs, unfreezeDepth, unfreezing, unfreezeEvery }: PhaseFields): boolean {
  if (unfreezeDepth === 0) return false;
  const pace = unfreezing === 'gradual' ? (unfreezeDepth - 1) * unfreezeEvery : 0;
  return headEpochs + pace >= epochs;
}

/** From an epoch after the head phase, counted from 0, to the depth that is trained from it on. */
function joiningEpochs(configuration: PhaseFields, epochs: number): ReadonlyMap<number, number> {
  const { unfreezeDepth, unfreezing, unfreezeEvery } = configuration;
  if (unfreezing === 'atOnce') return new Map([[0, unfreezeDepth]]);
  const depths = Array.from({ length: unfreezeDepth }, (_, i) => i + 1);
  const latest = (depth: number): number => Math.floor(((depth - 1) * (epochs - 1)) / Math.max(1, unfreezeDepth - 1));
  return new Map(depths.map((depth) => [Math.min((depth - 1) * unfreezeEvery, latest(depth)), depth]));
}

/** The phase that an epoch (counted from 1) belongs to. */
export function phaseAt(phases: readonly Phase[], epoch: number): Phase {
  const phase = phases.find(({ start, epochs }) => epoch >= start && epoch < start + epochs);
  if (phase === undefined) throw new RangeError(`expected an epoch of the trial's phases, got ${epoch}`);
  return phase;
}

/** The scheduled part of a trial: its first epoch and how many there are. */
export function scheduledPart(phases: readonly Phase[]): { readonly start: number; readonly epochs: number } {
  const scheduled = phases.filter((phase) => phase.scheduled);
  return { start: scheduled[0]?.start ?? 1, epochs: scheduled.reduce((sum, phase) => sum + phase.epochs, 0) };
}

/** The first epoch that trains everything the trial ever trains. Patience counts from there. */
export function fullDepthFrom(phases: readonly Phase[]): number {
  return phases.at(-1)?.start ?? 1;
}
