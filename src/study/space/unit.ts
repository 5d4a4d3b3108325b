// One parameter's way to and from [0, 1]: linear and log scales, ints and choices as cells of the unit interval.
import type { Domain, Scalar } from '../parameters.js';

/** Significant digits of a decoded float: 0.001 comes out as 0.001, not as 0.0010000000000000002. */
const FLOAT_DIGITS = 12;

/** How many values a domain has; Infinity for a float of more than one value. */
export function valueCount(domain: Domain): number {
  switch (domain.type) {
    case 'float':
      return domain.min === domain.max ? 1 : Infinity;
    case 'int':
      return domain.max - domain.min + 1;
    case 'choice':
      return domain.values.length;
  }
}

/** The i-th of a finite domain's values, in their natural order. */
export function valueAt(domain: Domain, index: number): Scalar {
  return domain.type === 'choice' ? (domain.values[index] as Scalar) : domain.min + index;
}

/**
 * A value's coordinate in [0, 1]. Floats reach both ends; an int is padded by half a step on either side, and a choice
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
    return domain.values[Math.min(domain.values.length - 1, Math.floor(u * domain.values.length))] as Scalar;
  }
  const [low, high] = ends(domain);
  const position = low + u * (high - low);
  const value = domain.scale === 'log' ? Math.exp(position) : position;
  return clamp(domain.type === 'int' ? Math.round(value) : rounded(value), domain.min, domain.max);
}

function ends(domain: Exclude<Domain, { type: 'choice' }>): readonly [number, number] {
  const padding = domain.type === 'int' ? 0.5 : 0;
  return [scaled(domain, domain.min - padding), scaled(domain, domain.max + padding)];
}

function scaled(domain: Exclude<Domain, { type: 'choice' }>, value: number): number {
  return domain.scale === 'log' ? Math.log(value) : value;
}

function rounded(value: number): number {
  return Number(value.toPrecision(FLOAT_DIGITS));
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
