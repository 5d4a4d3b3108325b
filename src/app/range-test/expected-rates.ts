// Which learning rate recorded fine-tunings did best with, at the depths of a range test.
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { CheckedBackbone } from '../setup/check-backbone.js';
import { expectationsOf } from '../setup/expectations.js';

export interface ExpectedRate {
  readonly depth: number;
  /** Of the rates that are tested. */
  readonly learningRate: number;
}

/** The rate that the learned prior expects the most of, everything else being as in the test. None for an optimizer that it does not know. */
export function expectedRates(
  definition: StudyDefinition,
  backbone: CheckedBackbone,
  configuration: TrainingConfiguration,
  { depths, rates }: { readonly depths: readonly number[]; readonly rates: readonly number[] },
): ExpectedRate[] {
  if (configuration.optimizer === 'rmsprop') return [];
  const { backbone: _, ...space } = definition.space;
  const expect = expectationsOf({ ...definition, space }, [backbone]);
  return depths.flatMap((unfreezeDepth) => {
    const quality = (learningRate: number): number => expect({ ...configuration, unfreezeDepth, learningRate }).quality;
    const [first] = rates;
    if (first === undefined) return [];
    const learningRate = rates.reduce((best, rate) => (quality(rate) > quality(best) ? rate : best), first);
    return [{ depth: unfreezeDepth, learningRate }];
  });
}
