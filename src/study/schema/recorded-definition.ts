// A study definition as a journal recorded it, whatever release of hpo wrote it.
import { z } from 'zod';
import type { StudyDefinition } from './parse-study.js';
import { objectiveSchema, resourcesSchema, searchSchema } from './study-schema.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const when = z.exactOptional(z.record(z.string(), z.array(scalar)));
const range = { min: z.number(), max: z.number(), step: z.exactOptional(z.number()), when };
const scale = z.enum(['linear', 'log']).default('linear');

const domain = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('float'), ...range, scale }),
  z.looseObject({ type: z.literal('int'), ...range, scale }),
  z.looseObject({ type: z.literal('choice'), values: z.array(scalar), ordinal: z.boolean().default(false), when }),
]);

const drawn = z.looseObject({ seed: z.number().default(0), difficulty: z.number().default(0.6) });
const command = z.looseObject({
  command: z.array(z.union([z.string(), z.array(z.string())])),
  env: z.exactOptional(z.record(z.string(), z.string())),
  grace: z.number().default(10),
});
const confirm = z.looseObject({ top: z.number(), repeats: z.number() });

/**
 * What code relies on, and no more. The release that wrote the journal checked values and ranges, and its rules may have been others than
 * ours. Objects are loose: a later release may have added fields. An earlier one lacks some, and their defaults hold.
 */
const recorded = z.looseObject({
  name: z.string().default('study'),
  space: z.record(z.string(), domain).default({}),
  search: z
    .looseObject({
      strategy: searchSchema.shape.strategy,
      trials: z.number().default(30),
      seed: z.number().default(0),
      levels: z.number().default(5),
      enqueue: z.array(z.record(z.string(), scalar)).default([]),
      warmStart: z.exactOptional(z.string()),
      prior: z.exactOptional(searchSchema.shape.prior.unwrap()),
      startupTrials: z.exactOptional(z.number()),
      confirm: z.exactOptional(confirm),
    })
    .prefault({}),
  objective: z
    .looseObject({ metric: objectiveSchema.shape.metric, direction: objectiveSchema.shape.direction })
    .prefault({}),
  pruner: z.looseObject({ type: z.string() }).default({ type: 'median' }),
  training: z.record(z.string(), scalar).default({}),
  resources: z
    .looseObject({})
    .prefault({})
    .transform((own) => ({ ...resourcesSchema.parse({}), ...own })),
  backbone: z.exactOptional(z.looseObject({ name: z.exactOptional(z.string()) })),
  trainer: z.exactOptional(z.union([z.looseObject({ module: z.string() }), command])),
  validation: z.exactOptional(z.looseObject({ folds: z.number(), repeats: z.number(), confidence: z.number() })),
  data: z.exactOptional(z.looseObject({ drawn: z.exactOptional(drawn) })),
});

/** Gives the definition that a journal holds, or says what code cannot do without. */
export const recordedDefinition: z.ZodType<StudyDefinition> = recorded.transform(
  // Not the whole type is checked: see `recorded`.
  (definition) => definition as unknown as StudyDefinition,
);
