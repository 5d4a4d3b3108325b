// What a trial reads of the frozen part: a view of the training images in each epoch, and the validation images.
import type { FeatureNeed, FeatureNeeds } from '../../features/features.js';
import { type View, plainView } from '../../images/study-images.js';
import { phasesOf } from '../../study/phases.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { cutAt } from './tail.js';

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
