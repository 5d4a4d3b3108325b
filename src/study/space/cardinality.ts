// How many different parameter sets a space holds, inactive parameters left out.
import { must } from '../../system/must.js';
import type { Domain, Domains, Parameters, Scalar } from '../parameters.js';
import { valueAt, valueCount } from './unit.js';

/**
 * The number of distinct active parameter sets, or Infinity. Parameters without conditions on or by them multiply; each
 * group of parameters tied by conditions is counted by cases, where all values of a parent that no condition
 * names are one case.
 */
export function cardinality(domains: Domains, order: readonly string[], isActive: ActiveTest): number {
  const named = valuesNamedByConditions(domains);
  return groups(domains, order).reduce((product, group) => product * countGroup(domains, group, named, isActive), 1);
}

type ActiveTest = (name: string, parameters: Parameters) => boolean;

function countGroup(
  domains: Domains,
  group: readonly string[],
  named: ReadonlyMap<string, ReadonlySet<Scalar>>,
  isActive: ActiveTest,
): number {
  const count = (position: number, parameters: Parameters): number => {
    const name = group[position];
    if (name === undefined) return 1;
    if (!isActive(name, parameters)) return count(position + 1, parameters);
    const domain = must(domains[name], 'a domain');
    const cases = named.get(name);
    if (cases === undefined) return valueCount(domain) * count(position + 1, parameters);
    let total = 0;
    for (const value of cases) total += count(position + 1, { ...parameters, [name]: value });
    const others = valueCount(domain) - cases.size;
    if (others > 0) total += others * count(position + 1, { ...parameters, [name]: anyOther(domain, cases) });
    return total;
  };
  return count(0, {});
}

function anyOther(domain: Domain, cases: ReadonlySet<Scalar>): Scalar {
  let index = 0;
  while (cases.has(valueAt(domain, index))) index++;
  return valueAt(domain, index);
}

function valuesNamedByConditions(domains: Domains): Map<string, Set<Scalar>> {
  const named = new Map<string, Set<Scalar>>();
  for (const domain of Object.values(domains)) {
    for (const [parent, values] of Object.entries(domain.when ?? {})) {
      const known = named.get(parent) ?? new Set<Scalar>();
      for (const value of values) known.add(value);
      named.set(parent, known);
    }
  }
  return named;
}

/** The connected components of "has a condition on", each in the given order. */
function groups(domains: Domains, order: readonly string[]): string[][] {
  let found: string[][] = [];
  for (const name of order) {
    const parents = Object.keys(domains[name]?.when ?? {});
    const tied = found.filter((group) => group.some((member) => parents.includes(member)));
    found = [...found.filter((group) => !tied.includes(group)), [...tied.flat(), name]];
  }
  return found;
}
