// What a trial will read of the frozen part, in order, from its configuration alone.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { FeatureNeeds, Need } from '../../features/feature-block.js';
import { phasesOf } from './phases.js';
import { cutAt } from './tail.js';
import { guiseOf } from './epoch-steps.js';

/** @param blocks of the backbone. */
export function featureNeeds(configuration: TrainingConfiguration, blocks: number): FeatureNeeds {
  const needs = new Map<string, Need>();
  const add = (need: Need): void => {
    const key = JSON.stringify(need);
    if (!needs.has(key)) needs.set(key, need);
  };
  for (const { depth, start, epochs } of phasesOf(configuration)) {
    const cut = cutAt(blocks, depth);
    for (let epoch = start; epoch < start + epochs; epoch++) {
      add({ cut, guise: { split: 'train', ...guiseOf(configuration, epoch) } });
      add({ cut, guise: { split: 'validation', strategy: 'none', view: 0 } });
    }
  }
  return { precision: configuration.featurePrecision, blocks: [...needs.values()] };
}
