// One parameter's way to and from [0, 1]: linear and log scales, ints and choices as cells of the unit interval.
import { must } from '../../system/must.js';
import type { Domain, Scalar } from '../parameters.js';

/** Significant digits of a decoded float: 0.001 comes out as 0.001, not as 0.0010000000000000002. */
const FLOAT_DIGITS = 12;

type NumberDomain = Exclude<Domain, { type: 'choice' }>;

/** Share of a step by which max may miss the last value: 0.1 + 2 · 0.1 is a little more than 0.3. */
const STEP_TOLERANCE = 1e-9;

/** Whether the domain holds every number between its ends. */
export function isContinuous(domain: Domain): boolean {
  return domain.type === 'float' && domain.step === undefined;
}

/** How many values a domain has; Infinity for a continuous one of more than one value. */
export function valueCount(domain: Domain): number {
  if (domain.type === 'choice') return domain.values.length;
  const step = stepOf(domain);
  if (step === 0) return domain.min === domain.max ? 1 : Infinity;
  return Math.floor((domain.max - domain.min) / step + STEP_TOLERANCE) + 1;
}

/** The i-th of a finite domain's values, in their natural order. */
export function valueAt(domain: Domain, index: number): Scalar {
  if (domain.type === 'choice') return must(domain.values[index], 'a value of the parameter');
  const step = stepOf(domain);
  const value = domain.min + index * step;
  if (domain.type === 'int' || step === 0) return value;
  // Where the digits tell steps apart.
  const short = rounded(value);
  return Math.round((short - domain.min) / step) === index && isOnStep(domain, short)
    ? short
    : Math.min(value, domain.max);
}

/** The distance between neighbouring values; 0 where the domain is continuous. */
export function stepOf(domain: NumberDomain): number {
  return domain.step ?? (domain.type === 'int' ? 1 : 0);
}

/** Whether a number in [min, max] is one of the domain's steps. */
export function isOnStep(domain: NumberDomain, value: number): boolean {
  const step = stepOf(domain);
  if (step === 0) return true;
  const steps = (value - domain.min) / step;
  // Numbers with many digits before the step's own are known no better.
  const rounding = (2 * Number.EPSILON * Math.max(Math.abs(value), Math.abs(domain.min))) / step;
  return Math.abs(steps - Math.round(steps)) <= STEP_TOLERANCE * Math.max(1, Math.abs(steps)) + rounding;
}

/**
 * A value's coordinate in [0, 1]. Continuous floats reach both ends; domains with a step are padded by half a step on either side, and a choice
 * stands in the middle of its cell, so that every value of a uniform linear domain has an equal share of the interval.
 */
export function toUnit(domain: Domain, value: Scalar): number {
  if (domain.type === 'choice') return (domain.values.indexOf(value) + 0.5) / domain.values.length;
  const [low, high] = ends(domain);
  if (low === high) return 0.5;
  return (scaled(domain, value as number) - low) / (high - low);
}

/** The value at a coordinate; coordinates beyond [0, 1] are taken as the nearest end. */
export function fromUnit(domain: Domain, unit: number): Scalar {
  const u = Math.min(1, Math.max(0, unit));
  if (domain.type === 'choice') {
    return must(
      domain.values[Math.min(domain.values.length - 1, Math.floor(u * domain.values.length))],
      'a value of the parameter',
    );
  }
  const [low, high] = ends(domain);
  const position = low + u * (high - low);
  const value = domain.scale === 'log' ? Math.exp(position) : position;
  const step = stepOf(domain);
  if (step === 0) return clamp(rounded(value), domain.min, domain.max);
  return valueAt(domain, clamp(Math.round((value - domain.min) / step), 0, valueCount(domain) - 1));
}

/** The ends of the unit interval on the domain's scale. On a log scale the padding below never reaches zero. */
function ends(domain: NumberDomain): readonly [number, number] {
  const step = stepOf(domain);
  if (step === 0) return [scaled(domain, domain.min), scaled(domain, domain.max)];
  const low = domain.min - step / 2;
  const high = domain.min + (valueCount(domain) - 0.5) * step;
  return [scaled(domain, domain.scale === 'log' ? Math.max(low, domain.min / 2) : low), scaled(domain, high)];
}

function scaled(domain: NumberDomain, value: number): number {
  return domain.scale === 'log' ? Math.log(value) : value;
}

function rounded(value: number): number {
  return Number(value.toPrecision(FLOAT_DIGITS));
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
