// The pruner as study.json writes it; one variant per kind (see ../pruner-options.ts).
import { z } from 'zod';
import type { PrunerOptions } from '../pruner-options.js';

const minEpochs = z
  .int()
  .min(1)
  .optional()
  .describe('No trial is pruned before this many epochs; with rungs, the first rung.');
const startupTrials = z.int().min(0).optional().describe('Number of completed trials before any trial is dropped.');
const reduction = z.int().min(2).max(100).optional().describe('One trial in this many continues at each rung.');
const significance = z
  .strictObject({ confidence: z.number().gt(0.5).lt(1) })
  .optional()
  .describe('Drop a trial only if it is worse beyond the noise of the validation images (paired bootstrap).');

/** Validated pruner options. */
export const prunerSchema: z.ZodType<PrunerOptions> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('median'), minEpochs, startupTrials, significance }),
  z.strictObject({
    type: z.literal('percentile'),
    percentile: z.number().gt(0).lt(100).describe('25 keeps a trial while it is in the best quarter.'),
    minEpochs,
    startupTrials,
    significance,
  }),
  z.strictObject({
    type: z.literal('patience'),
    patience: z.int().min(1).describe('Epochs in a row without improvement.'),
    minDelta: z.number().min(0).optional().describe('Smaller improvements do not count.'),
    minEpochs,
  }),
  z.strictObject({
    type: z.literal('threshold'),
    bound: z.number().describe('The value that the best epoch so far must reach.'),
    minEpochs,
    significance,
  }),
  z.strictObject({
    type: z.literal('successiveHalving'),
    form: z
      .enum(['stopping', 'promotion'])
      .optional()
      .describe('stopping: drop a trial at its rung; promotion: pause it there, and continue the best.'),
    reduction,
    minEpochs,
    significance,
  }),
  z.strictObject({ type: z.literal('hyperband'), reduction, minEpochs, significance }),
  z.strictObject({
    type: z.literal('funnel'),
    breadth: z
      .number()
      .gt(0)
      .max(100)
      .optional()
      .describe('How many trials continue: breadth · √trials at the first rung. More is safer and costs more epochs.'),
    minEpochs,
    significance,
  }),
  z.strictObject({ type: z.literal('freezeThaw'), minEpochs }),
]);
