// Temperature scaling of a model's head, and what it does to the calibration error.
import { type Member, bestTemperature, calibrationError, meanAtTemperature } from '../../metrics/calibration.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../../trainer/finetune/tail.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';

/** On the validation images. */
export interface Calibration {
  /** What logits are divided by; 1: as trained. */
  readonly temperature: number;
  /** Expected calibration error, in [0, 1], as trained and at this temperature. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** Whether the exported model has this temperature. */
  readonly isApplied: boolean;
}

export function calibrationOf(
  members: readonly Member[],
  labels: readonly number[],
  classCount: number,
  isApplied: boolean,
): Calibration {
  const temperature = bestTemperature(members, labels, classCount);
  const errorAt = (at: number): number => {
    return calibrationError({ labels, probabilities: meanAtTemperature(members, classCount, at), classCount });
  };
  return { temperature, errorBefore: errorAt(1), errorAfter: errorAt(temperature), isApplied };
}

/** The model with its logits divided by a temperature: weights and bias of its head are. */
export function atTemperature(model: TrainedModel, temperature: number): TrainedModel {
  const weights = new Map(model.weights);
  for (const name of [HEAD_KERNEL, HEAD_BIAS]) {
    const tensor = weights.get(name);
    if (tensor !== undefined) weights.set(name, { ...tensor, data: tensor.data.map((value) => value / temperature) });
  }
  return { ...model, weights };
}
