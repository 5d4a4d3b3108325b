// The part of study.json that says how trials are validated: in folds.
import { z } from 'zod';

export const validationSchema = z.strictObject({
  folds: z
    .int()
    .min(2)
    .max(100)
    .describe(
      'Cross-validation: all images outside of the test are divided into so many parts. Each part is the validation set of one fold, and the others are its training set.',
    ),
  repeats: z.int().min(1).max(100).default(1).describe('How many times the images are divided into parts.'),
  confidence: z
    .number()
    .gt(0.5)
    .max(1)
    .default(0.8)
    .describe(
      "How sure a paired test must be that a trial stays worse than the best one. Then the trial's other folds are left out. 1: every trial that ends its first fold gets all of them.",
    ),
});

export type ValidationConfiguration = z.output<typeof validationSchema>;

/** Trainings of one configuration: folds of all repeats; 1 where a study has no folds. */
export function foldsIn(validation: Pick<ValidationConfiguration, 'folds' | 'repeats'> | undefined): number {
  return validation === undefined ? 1 : validation.folds * validation.repeats;
}
