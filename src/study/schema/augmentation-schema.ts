// Augmentation strategies of a study's own, as study.json writes them; built from the table of operations.
import { z } from 'zod';
import {
  AUGMENTATION_PRESETS,
  OPERATIONS,
  type OperationSpecification,
  type PartialOperation,
  type Range,
} from '../augmentation-operations.js';
import type { Domains } from '../parameters.js';
import { hint } from '../../system/nearest.js';
import { type Problem, show } from './problems.js';

const probability = z
  .number()
  .min(0)
  .max(1)
  .optional()
  .describe('Probability that the operation is applied to an image. Default: 1, always.');

const operations = Object.entries<OperationSpecification>(OPERATIONS).map(([type, { description, parameters }]) => {
  const ranges = Object.entries(parameters).map(([name, parameter]) => {
    return [name, rangeSchema(parameter.limits).describe(`${parameter.description} Drawn from this range.`)] as const;
  });
  return z.strictObject({ type: z.literal(type), probability, ...Object.fromEntries(ranges) }).describe(description);
});

function rangeSchema([least, most]: Range): z.ZodType {
  const end = z.number().min(least).max(most);
  return z
    .tuple([end, end])
    .refine(([low, high]) => low <= high, 'the lower end first')
    .optional();
}

const operation = z.discriminatedUnion(
  'type',
  operations as [(typeof operations)[number]],
) as unknown as z.ZodType<PartialOperation>;

/** Begins with a letter, so that no name means something to JavaScript or to a command line. */
const name = z.string().regex(/^\p{L}[\p{L}\p{N} _.-]*$/u, 'a name of letters, digits, spaces, - _ and .');

/** Strategies by name. */
export const augmentationsSchema = z
  .record(name, z.array(operation).min(1))
  .describe('Your own augmentation strategies, each a list of operations. Use them like the presets.');

/** What of a file the names of strategies stand in; parts that are wrong in themselves are left out. */
export interface StrategyUses {
  readonly augmentations?: Readonly<Record<string, unknown>> | undefined;
  readonly training: Readonly<Record<string, unknown>>;
  readonly space: Domains;
}

/** Strategies that are used and not defined, and those that take the name of another. */
export function strategyProblems({ augmentations = {}, training, space }: StrategyUses): Problem[] {
  const presets: readonly string[] = AUGMENTATION_PRESETS;
  const known = [...presets, ...Object.keys(augmentations)];
  const expected = `one of ${known.map(show).join(', ')}`;
  const unknown = (path: string, value: unknown): Problem[] =>
    typeof value !== 'string' || value === '' || known.includes(value)
      ? []
      : [{ path, expected, found: `${show(value)}${hint(value, known)}` }];
  const domain = space['augmentation'];
  const searched = domain?.type === 'choice' ? domain.values : [];
  return [
    ...presets
      .filter((preset) => Object.hasOwn(augmentations, preset))
      .map((preset) => ({
        path: `augmentations.${preset}`,
        expected: 'a name that no other strategy has',
        found: show(preset),
      })),
    ...unknown('training.augmentation', training['augmentation']),
    ...searched.flatMap((value, i) => unknown(`space.augmentation.values[${i}]`, value)),
  ];
}
