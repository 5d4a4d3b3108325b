// What a batch is to predict, and how much each part of it counts in the loss.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { classWeights, labelRows, labelWeights, multilabelRows } from './batches.js';
import type { Workbench } from './workbench.js';

export interface BatchTargets {
  /** The loss of guessing. */
  readonly guess: number;
  /**
   * Writes the inputs `labels` and `weights` of a training step (trainingGraph).
   * @param positions of the batch among the training images.
   */
  fill(positions: Uint32Array, labels: Float32Array, weights: Float32Array): void;
}

export function batchTargets(
  { labels: own, sampleWeights, classes }: Pick<Workbench, 'labels' | 'sampleWeights' | 'classes'>,
  { labelSmoothing, classWeights: kind }: TrainingConfiguration,
): BatchTargets {
  if (own instanceof Uint32Array) {
    const ofClasses = classWeights(own, classes, kind);
    return {
      guess: Math.log(classes),
      fill(positions, labels, weights) {
        labels.set(labelRows(own, positions, classes, labelSmoothing));
        positions.forEach((position, i) => {
          const ofClass = ofClasses[own[position]!]!;
          weights[i] = (ofClass * (sampleWeights?.[position] ?? 1)) / positions.length;
        });
      },
    };
  }
  const { present, absent } = labelWeights(own, classes, kind);
  return {
    guess: Math.LN2,
    fill(positions, labels, weights) {
      labels.set(multilabelRows(own, positions, classes, labelSmoothing));
      positions.forEach((position, i) => {
        const ofImage = (sampleWeights?.[position] ?? 1) / (positions.length * classes);
        const row = weights.subarray(i * classes, (i + 1) * classes);
        for (let k = 0; k < classes; k++) row[k] = ofImage * absent[k]!;
        for (const label of own[position] ?? []) row[label] = ofImage * present[label]!;
      });
    },
  };
}
