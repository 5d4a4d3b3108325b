// The phases of a trial: the head alone, then the top blocks with it, all at once or one by one. What each reads of the frozen part.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { FeatureNeed, FeatureNeeds } from '../../features/features.js';
import { type View, plainView } from '../../images/study-images.js';
import { cutAt } from './tail.js';

export interface Phase {
  /** Blocks trained, from the top. */
  readonly depth: number;
  /** First epoch, counted from 1. */
  readonly start: number;
  readonly epochs: number;
  /** False in the head phase before unfreezing, whose rate is `headLearningRate`, constant. */
  readonly scheduled: boolean;
}

/**
 * The phases of a configuration, together `epochs` long. With nothing to unfreeze there is one. Otherwise the head is trained first, so that
 * an untrained head does not spoil the pre-trained blocks.
 */
export function phasesOf(configuration: TrainingConfiguration): readonly Phase[] {
  const { epochs, unfreezeDepth } = configuration;
  if (unfreezeDepth === 0) return [{ depth: 0, start: 1, epochs, scheduled: true }];
  const headEpochs = Math.min(configuration.headEpochs, epochs);
  const head: Phase = { depth: 0, start: 1, epochs: headEpochs, scheduled: false };
  const blocks = depthsOf(configuration, epochs - headEpochs);
  const phases = [head];
  for (const [depth, length] of blocks) {
    const last = phases.at(-1) as Phase;
    phases.push({ depth, start: last.start + last.epochs, epochs: length, scheduled: true });
  }
  return phases.filter((phase) => phase.epochs > 0);
}

/** [depth, epochs] of the phases after the head's. */
function depthsOf(configuration: TrainingConfiguration, epochs: number): readonly (readonly [number, number])[] {
  const { unfreezeDepth, unfreezing, unfreezeEvery } = configuration;
  if (unfreezing === 'atOnce') return [[unfreezeDepth, epochs]];
  const lengths: [number, number][] = [];
  let left = epochs;
  for (let depth = 1; depth <= unfreezeDepth && left > 0; depth++) {
    const length = depth === unfreezeDepth ? left : Math.min(unfreezeEvery, left);
    lengths.push([depth, length]);
    left -= length;
  }
  return lengths;
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

/** The view of the training images in an epoch. */
export function trainingView({ augmentation, views }: TrainingConfiguration, epoch: number): View {
  return { split: 'train', strategy: augmentation, number: augmentation === 'none' ? 0 : (epoch - 1) % views };
}

/** What a trial reads of the frozen part, in order. @param blocks of the backbone. */
export function featureNeeds(configuration: TrainingConfiguration, blocks: number): FeatureNeeds {
  const needs = new Map<string, FeatureNeed>();
  for (const { depth, start, epochs } of phasesOf(configuration)) {
    const cut = cutAt(blocks, depth);
    for (let epoch = start; epoch < start + epochs; epoch++) {
      for (const view of [trainingView(configuration, epoch), plainView('validation')]) {
        const key = JSON.stringify({ cut, view });
        if (!needs.has(key)) needs.set(key, { cut, view });
      }
    }
  }
  return { precision: configuration.featurePrecision, blocks: [...needs.values()] };
}
