// A sweep's parameter as a constant or as a domain of the search space.
import { z } from 'zod';
import { show } from '../../../study/schema/problems.js';
import { listed } from '../../../system/format.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const parameterSchema = z.looseObject({
  value: scalar.optional(),
  values: z.array(z.unknown()).min(1).optional(),
  probabilities: z.array(z.number()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  mu: z.number().optional(),
  sigma: z.number().optional(),
  q: z.number().gt(0).optional(),
  distribution: z.string().optional(),
});

export type SweptParameter = z.output<typeof parameterSchema>;

type Scalar = z.output<typeof scalar>;

export type Swept =
  | { readonly type: 'constant'; readonly value: Scalar }
  | { readonly type: 'choice'; readonly values: readonly Scalar[] }
  | NumberRange
  | { readonly type: 'none' };

export interface NumberRange {
  readonly type: 'float' | 'int';
  readonly min: number;
  readonly max: number;
  readonly scale?: 'log';
  readonly step?: number;
}

/** Takes a remark about the parameter, without its name. */
type Note = (remark: string) => void;

/**
 * Distributions: the W&B reference "Sweep configuration options", `distribution options for random and Bayesian search`.
 * @param isFloat whether the bound is written as a float (0.0), which makes the range one of floats.
 */
export function sweptAs(parameter: SweptParameter, isFloat: (bound: 'min' | 'max') => boolean, note: Note): Swept {
  if (parameter.value !== undefined) return { type: 'constant', value: parameter.value };
  if (parameter.values !== undefined) return choiceOf(parameter.values, parameter.probabilities !== undefined, note);
  const range = boundsOf(parameter, note);
  if (range === undefined) return { type: 'none' };
  if (range.min === range.max) return { type: 'constant', value: range.min };
  const { min, max } = range;
  const areIntegers = [min, max].every(Number.isInteger) && !isFloat('min') && !isFloat('max');
  const swept = distributed(parameter.distribution ?? (areIntegers ? 'int_uniform' : 'uniform'), range, note);
  const isQuantized = parameter.q !== undefined && parameter.distribution?.startsWith('q_') === true;
  return isQuantized && swept.type === 'float' ? quantized(swept, parameter.q ?? 1, note) : swept;
}

function choiceOf(values: readonly unknown[], hasProbabilities: boolean, note: Note): Swept {
  const known = [...new Set(values.filter((value) => scalar.safeParse(value).success))] as Scalar[];
  const unknown = values.filter((value) => !scalar.safeParse(value).success);
  if (unknown.length > 0) note(`is searched without ${spelled(unknown)}: a value is a number, a string or a boolean.`);
  if (hasProbabilities) note('is searched without its probabilities.');
  const [first] = known;
  if (first === undefined) return { type: 'none' };
  return known.length === 1 ? { type: 'constant', value: first } : { type: 'choice', values: known };
}

/** A normal distribution has no ends: two standard deviations to either side of its mean. */
function boundsOf(
  { min, max, mu, sigma, distribution }: SweptParameter,
  note: Note,
): { readonly min: number; readonly max: number } | undefined {
  if (min !== undefined && max !== undefined) return { min, max };
  if (distribution?.includes('normal') === true) {
    const [center, width] = [mu ?? 0, 2 * (sigma ?? 1)];
    note(`is searched uniformly within two standard deviations: '${distribution}' has no bounds.`);
    return { min: center - width, max: center + width };
  }
  const lacking = distribution === undefined ? '' : ` of its '${distribution}'`;
  note(`is left out: it has no value, no values, and no min and max${lacking}.`);
  return undefined;
}

function distributed(
  distribution: string,
  { min, max }: { readonly min: number; readonly max: number },
  note: Note,
): NumberRange {
  switch (distribution) {
    case 'int_uniform':
      return { type: 'int', min: Math.ceil(min), max: Math.floor(max) };
    case 'q_uniform':
    case 'q_normal':
    case 'uniform':
    case 'normal':
      return { type: 'float', min, max };
    case 'inv_log_uniform_values':
      note('is searched on a log scale instead of an inverse log scale.');
      return logarithmic(min, max, note);
    case 'log_uniform_values':
    case 'q_log_uniform_values':
      return logarithmic(min, max, note);
    case 'log_uniform':
    case 'q_log_uniform':
    case 'log_normal':
    case 'q_log_normal':
      note(`has bounds that are natural logarithms: e^${min} … e^${max} (log_uniform_values takes plain ones).`);
      return logarithmic(Math.exp(min), Math.exp(max), note);
    case 'inv_log_uniform':
      note('is searched on a log scale instead of an inverse log scale.');
      return logarithmic(Math.exp(-max), Math.exp(-min), note);
    default:
      note(`is searched uniformly: '${distribution}' has no counterpart.`);
      return { type: 'float', min, max };
  }
}

function logarithmic(min: number, max: number, note: Note): NumberRange {
  if (min > 0) return { type: 'float', min, max, scale: 'log' };
  note(`is searched uniformly: a log scale cannot include ${min}.`);
  return { type: 'float', min, max };
}

/** The multiples of q within the range, as a domain with a step. */
function quantized(range: NumberRange, q: number, note: Note): Swept {
  const multiple = (count: number): number => Number((count * q).toPrecision(12));
  const [min, max] = [multiple(Math.ceil(range.min / q)), multiple(Math.floor(range.max / q))];
  if (min > max) {
    note(`is left out: no multiple of ${q} lies between ${range.min} and ${range.max}.`);
    return { type: 'none' };
  }
  if (min === max) return { type: 'constant', value: min };
  const { scale, ...rest } = range;
  const log = scale === undefined || min <= 0 ? {} : { scale };
  if (![q, min].every(Number.isInteger)) return { ...rest, ...log, min, max, step: q };
  return { ...rest, ...log, type: 'int', min, max, ...(q === 1 ? {} : { step: q }) };
}

/** "'a', null and 3". */
export function spelled(values: readonly unknown[]): string {
  return listed(values.map(show));
}
