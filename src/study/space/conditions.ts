// Which parameter depends on which: the conditions of a space checked, and its parameters ordered so that parents come first.
import { HpoError } from '../errors.js';
import type { Domain, Domains, Scalar } from '../parameters.js';
import { accepts, describeDomain } from './values.js';

/**
 * The names with every parent before its children, otherwise as listed. Throws ERR_STUDY_INVALID where a condition names an
 * unknown parameter, a float, a value that its parent never has, or, in the end, itself.
 */
export function orderByCondition(domains: Domains): string[] {
  for (const [name, domain] of Object.entries(domains)) checkCondition(domains, name, domain);
  const order: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return;
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(' → ');
      throw new HpoError(
        'ERR_STUDY_INVALID',
        `expected conditions without a cycle, got ${cycle} at space.${name}.when`,
      );
    }
    for (const parent of Object.keys(domains[name]?.when ?? {})) visit(parent, [...path, name]);
    done.add(name);
    order.push(name);
  };
  for (const name of Object.keys(domains)) visit(name, []);
  return order;
}

function checkCondition(domains: Domains, name: string, domain: Domain): void {
  for (const [parentName, values] of Object.entries(domain.when ?? {})) {
    const place = `space.${name}.when.${parentName}`;
    const parent = Object.hasOwn(domains, parentName) ? domains[parentName] : undefined;
    if (parent === undefined) {
      const known = Object.keys(domains).join(', ');
      throw new HpoError(
        'ERR_STUDY_INVALID',
        `expected a parameter of the space (${known}), got '${parentName}' at ${place}`,
      );
    }
    if (parent.type === 'float') {
      throw new HpoError(
        'ERR_STUDY_INVALID',
        `expected a condition on a choice or an int, got the float '${parentName}' at ${place}`,
      );
    }
    if (values.length === 0) {
      throw new HpoError('ERR_STUDY_INVALID', `expected at least one value, got none at ${place}`);
    }
    for (const value of values) checkConditionValue(parent, value, place);
  }
}

function checkConditionValue(parent: Domain, value: Scalar, place: string): void {
  if (accepts(parent, value)) return;
  throw new HpoError(
    'ERR_STUDY_INVALID',
    `expected ${describeDomain(parent)}, got ${JSON.stringify(value)} at ${place}`,
  );
}
