// What a trial reads of the frozen part: a view of the training images in each epoch, and the validation images.
import type { FeatureNeed, FeatureNeeds } from '../../features/features.js';
import { type View, plainView } from '../../images/study-images.js';
import { phasesOf } from '../../study/phases.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { cutAt } from './tail.js';

/** The view of the training images in an epoch. */
export function trainingView(
  { augmentation, views }: TrainingConfiguration,
  epoch: number,
  split: 'train' | 'targetUnlabelled' = 'train',
): View {
  return { split, strategy: augmentation, number: augmentation === 'none' ? 0 : (epoch - 1) % views };
}

/** Whose features a trial reads: those of the pre-trained network, and those of the one with BatchNorm statistics of the target. */
export interface TrialNeeds {
  readonly own: FeatureNeeds;
  /** Missing where the trial does not adapt the statistics. */
  readonly adapted?: FeatureNeeds;
}

/** What a trial reads of the frozen part, in order. @param blocks of the backbone. @param evaluatesTarget whether labelled images of the target are there. */
export function featureNeeds(
  configuration: TrainingConfiguration,
  blocks: number,
  evaluatesTarget = false,
): TrialNeeds {
  const { featurePrecision: precision, unfreezeDepth, adversarial, batchNormStatistics } = configuration;
  const evaluated = [plainView('validation'), ...(evaluatesTarget ? [plainView('targetValidation')] : [])];
  const target = (epoch: number): View[] =>
    adversarial > 0 ? [trainingView(configuration, epoch, 'targetUnlabelled')] : [];
  const needs = (views: (epoch: number) => readonly View[]): FeatureNeeds => {
    return { precision, blocks: neededBlocks(configuration, blocks, views) };
  };
  if (batchNormStatistics === 'source') {
    return { own: needs((epoch) => [trainingView(configuration, epoch), ...target(epoch), ...evaluated]) };
  }
  const measured = unfreezeDepth > 0 ? [plainView('targetUnlabelled')] : [];
  return {
    own: needs((epoch) => [trainingView(configuration, epoch)]),
    adapted: needs((epoch) => [...target(epoch), ...measured, ...evaluated]),
  };
}

function neededBlocks(
  configuration: TrainingConfiguration,
  blocks: number,
  views: (epoch: number) => readonly View[],
): FeatureNeed[] {
  const needs = new Map<string, FeatureNeed>();
  for (const { depth, start, epochs } of phasesOf(configuration)) {
    const cut = cutAt(blocks, depth);
    for (let epoch = start; epoch < start + epochs; epoch++) {
      for (const view of views(epoch)) {
        const key = JSON.stringify({ cut, view });
        if (!needs.has(key)) needs.set(key, { cut, view });
      }
    }
  }
  return [...needs.values()];
}
