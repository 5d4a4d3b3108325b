// Whether a value belongs to a domain, and the words for what would.
import type { Domain, Scalar } from '../parameters.js';
import { isOnStep } from './unit.js';

/** Whether `value` is one of the domain's values. */
export function accepts(domain: Domain, value: unknown): value is Scalar {
  switch (domain.type) {
    case 'choice':
      return domain.values.some((choice) => choice === value);
    case 'int':
      return Number.isInteger(value) && inRange(domain, value as number) && isOnStep(domain, value as number);
    case 'float':
      return typeof value === 'number' && inRange(domain, value) && isOnStep(domain, value);
  }
}

/** What a domain holds, in words that fit behind "expected". */
export function describeDomain(domain: Domain): string {
  switch (domain.type) {
    case 'choice':
      return `one of ${domain.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'int':
      return `an integer from ${domain.min} to ${domain.max}${inSteps(domain.step)}`;
    case 'float':
      return `a number from ${domain.min} to ${domain.max}${inSteps(domain.step)}`;
  }
}

/** A found value in words; NaN and the infinities by name, which JSON has none for. */
export function describeValue(value: unknown): string {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- undefined for undefined and for functions
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}

function inSteps(step: number | undefined): string {
  return step === undefined ? '' : ` in steps of ${step}`;
}

function inRange(domain: { readonly min: number; readonly max: number }, value: number): boolean {
  return value >= domain.min && value <= domain.max;
}
