// What a program needs to know of a trained model to feed it and to read its answers.
import { z } from 'zod';
import type { OfTask } from '../../study/task.js';
import type { Resize } from '../../images/resize.js';

export interface ModelInput {
  /** Side of the square images in pixels. */
  readonly inputSize: number;
  /** How images become square. */
  readonly resize: Resize;
  /** In the order of the probabilities. */
  readonly classes: readonly string[];
  /** Of a model that gives several labels an image: from which probability on each is given. Others have none. */
  readonly thresholds?: readonly number[];
}

export const RESIZES = ['crop', 'stretch', 'pad'] as const satisfies readonly Resize[];

/** @throws Error where there is not one for each class. */
export function checkedThresholds(
  thresholds: readonly number[] | undefined,
  classes: readonly string[],
): Pick<ModelInput, 'thresholds'> & OfTask {
  if (thresholds === undefined) return {};
  if (thresholds.length === classes.length) return { thresholds, task: 'multilabel' };
  throw new Error(`expected a threshold for each of ${classes.length} labels, got ${thresholds.length}`);
}

export const thresholdsSchema = z.array(z.number().min(0).max(1));

export const classesSchema = z.array(z.string()).min(2).max(100_000);
