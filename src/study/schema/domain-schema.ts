// The search space as study.json writes it.
import { z } from 'zod';

/** Values of a choice, at most. An `int` with a step has no such limit. */
const MAX_VALUES = 10_000;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const when = z
  .record(z.string(), z.array(scalar).min(1).max(MAX_VALUES))
  .optional()
  .describe('Active only while each named parameter has one of the listed values.');

const scale = z.enum(['linear', 'log']).default('linear').describe('How the range is searched; log needs min > 0.');

const float = z
  .strictObject({
    type: z.literal('float'),
    min: z.number(),
    max: z.number(),
    step: z.number().gt(0).optional().describe('Only min, min + step, min + 2·step, … are tried. Default: any number.'),
    scale,
    when,
  })
  .describe('A real number in [min, max].');

const int = z
  .strictObject({
    type: z.literal('int'),
    min: z.int(),
    max: z.int(),
    step: z.int().min(1).optional().describe('Only min, min + step, min + 2·step, … are tried. Default: 1.'),
    scale,
    when,
  })
  .describe('An integer in [min, max], both included.');

const choice = z
  .strictObject({
    type: z.literal('choice'),
    values: z.array(scalar).min(1).max(MAX_VALUES),
    ordinal: z
      .boolean()
      .optional()
      .describe('Whether the values are ordered steps on one scale. Default: true if they are increasing numbers.'),
    when,
  })
  .transform((domain) => ({ ...domain, ordinal: domain.ordinal ?? isIncreasing(domain.values) }));

/** One parameter's domain. */
export const domainSchema = z.discriminatedUnion('type', [float, int, choice]).superRefine((domain, context) => {
  if (domain.type === 'choice') {
    const seen = new Set<unknown>();
    const repeated = domain.values.findIndex((value) => seen.size === seen.add(value).size);
    if (repeated >= 0)
      context.addIssue({ code: 'custom', path: ['values', repeated], message: 'a value not listed before' });
    return;
  }
  if (domain.min > domain.max)
    context.addIssue({ code: 'custom', path: ['min'], message: `at most max (${domain.max})` });
  else if (!Number.isFinite(domain.max - domain.min)) {
    context.addIssue({ code: 'custom', path: ['max'], message: 'a range whose width is a number' });
  } else if (domain.step !== undefined && (domain.max - domain.min) / domain.step > Number.MAX_SAFE_INTEGER) {
    context.addIssue({
      code: 'custom',
      path: ['step'],
      message: 'a step that divides the range into at most 2^53 values',
    });
  }
  if (domain.scale === 'log' && domain.min <= 0) {
    context.addIssue({ code: 'custom', path: ['min'], message: 'more than 0 on a log scale' });
  }
});

function isIncreasing(values: readonly unknown[]): boolean {
  return values.every((value, i) => typeof value === 'number' && (i === 0 || value > (values[i - 1] as number)));
}
