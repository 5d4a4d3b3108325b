// A sweep's parameter as a constant or as a domain of the search space.
import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const parameterSchema = z.looseObject({
  value: scalar.optional(),
  values: z.array(scalar).min(1).optional(),
  probabilities: z.array(z.number()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  mu: z.number().optional(),
  sigma: z.number().optional(),
  q: z.number().optional(),
  distribution: z.string().optional(),
  /** Nested ones. */
  parameters: z.record(z.string(), z.unknown()).optional(),
});

export type SweptParameter = z.output<typeof parameterSchema>;

export type Swept =
  | { readonly type: 'constant'; readonly value: string | number | boolean }
  | { readonly type: 'domain'; readonly domain: object }
  | { readonly type: 'none' };

/** Distributions: the W&B reference "Sweep configuration options", `distribution options for random and Bayesian search`. */
export function sweptAs(name: string, parameter: SweptParameter, notes: string[]): Swept {
  const { value, probabilities } = parameter;
  const values = parameter.values === undefined ? undefined : [...new Set(parameter.values)];
  if (value !== undefined) return { type: 'constant', value };
  if (values !== undefined) {
    if (probabilities !== undefined) notes.push(`parameter '${name}' is searched without its probabilities.`);
    return values.length === 1
      ? { type: 'constant', value: values[0] as string | number | boolean }
      : domain({ type: 'choice', values });
  }
  const range = rangeOf(name, parameter, notes);
  if (range === undefined) return { type: 'none' };
  if (range.min === range.max) return { type: 'constant', value: range.min };
  return ranged(name, parameter, range, notes);
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Of a normal distribution, which has no ends, two standard deviations to either side. */
function rangeOf(
  name: string,
  { min, max, mu, sigma, distribution }: SweptParameter,
  notes: string[],
): Range | undefined {
  if (min !== undefined && max !== undefined) return { min, max };
  if (distribution?.includes('normal') === true) {
    const [center, width] = [mu ?? 0, 2 * (sigma ?? 1)];
    notes.push(`parameter '${name}' is searched evenly within two standard deviations: '${distribution}' has no ends.`);
    return { min: center - width, max: center + width };
  }
  const lacking = distribution === undefined ? '' : ` of its '${distribution}'`;
  notes.push(`parameter '${name}' is left out: it has neither value, values nor min and max${lacking}.`);
  return undefined;
}

function ranged(name: string, { distribution, q }: SweptParameter, { min, max }: Range, notes: string[]): Swept {
  const isWhole = Number.isInteger(min) && Number.isInteger(max);
  if (q !== undefined && q !== 1) notes.push(`parameter '${name}' is searched without its step of ${q}.`);
  switch (distribution ?? (isWhole ? 'int_uniform' : 'uniform')) {
    case 'int_uniform':
      return domain({ type: 'int', min: Math.ceil(min), max: Math.floor(max) });
    case 'q_uniform':
    case 'q_normal':
      return domain(q === 1 && isWhole ? { type: 'int', min, max } : { type: 'float', min, max });
    case 'uniform':
    case 'normal':
      return domain({ type: 'float', min, max });
    case 'inv_log_uniform_values':
      notes.push(`parameter '${name}' is searched on a log scale instead of an inverse one.`);
      return logarithmic(name, min, max, notes);
    case 'log_uniform_values':
    case 'q_log_uniform_values':
      return logarithmic(name, min, max, notes);
    case 'log_uniform':
    case 'q_log_uniform':
    case 'log_normal':
    case 'q_log_normal':
      // Here the bounds are natural logarithms.
      return logarithmic(name, Math.exp(min), Math.exp(max), notes);
    case 'inv_log_uniform':
      notes.push(`parameter '${name}' is searched on a log scale instead of an inverse one.`);
      return logarithmic(name, Math.exp(-max), Math.exp(-min), notes);
    default:
      notes.push(`parameter '${name}' is searched uniformly: '${distribution}' has no counterpart.`);
      return domain({ type: 'float', min, max });
  }
}

function logarithmic(name: string, min: number, max: number, notes: string[]): Swept {
  if (min > 0) return domain({ type: 'float', min, max, scale: 'log' });
  notes.push(`parameter '${name}' is searched evenly: a log scale has no ${min}.`);
  return domain({ type: 'float', min, max });
}

function domain(one: object): Swept {
  return { type: 'domain', domain: one };
}
