// What a program needs to know of a trained model to feed it and to read its answers.
import { z } from 'zod';
import type { Resize } from '../../images/resize.js';

export interface ModelInput {
  /** Side of the square images in pixels. */
  readonly inputSize: number;
  /** How images become square. */
  readonly resize: Resize;
  /** In the order of the probabilities. */
  readonly classes: readonly string[];
}

export const RESIZES = ['crop', 'stretch', 'pad'] as const satisfies readonly Resize[];

export const classesSchema = z.array(z.string()).min(2).max(100_000);
