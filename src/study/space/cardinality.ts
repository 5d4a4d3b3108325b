// How many different parameter sets a space holds, inactive parameters left out.
import { must } from '../../system/must.js';
import { HpoError } from '../errors.js';
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

/** Cases that are looked at, at most. */
const MAX_CASES = 100_000;

function countGroup(
  domains: Domains,
  group: readonly string[],
  named: ReadonlyMap<string, ReadonlySet<Scalar>>,
  isActive: ActiveTest,
): number {
  let cases = 0;
  const countAll = (members: readonly string[], parameters: Parameters): number =>
    // Once a parent has a value, what depends on it alone no longer depends on each other.
    groups(domains, members).reduce((product, tied) => product * count(tied, parameters), 1);
  const count = ([name, ...rest]: readonly string[], parameters: Parameters): number => {
    if (name === undefined) return 1;
    if (++cases > MAX_CASES) {
      throw new HpoError(
        'ERR_STUDY_INVALID',
        `expected conditions with at most ${MAX_CASES} cases, got more among ${group.slice(0, 10).join(', ')}`,
      );
    }
    if (!isActive(name, parameters)) return countAll(rest, parameters);
    const domain = must(domains[name], 'a domain');
    const values = named.get(name);
    if (values === undefined) return valueCount(domain) * countAll(rest, parameters);
    let total = 0;
    for (const value of values) total += countAll(rest, { ...parameters, [name]: value });
    const others = valueCount(domain) - values.size;
    if (others > 0) total += others * countAll(rest, { ...parameters, [name]: anyOther(domain, values) });
    return total;
  };
  return count(group, {});
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
