// The search space: which parameters there are, when each is active, and the only way to and from the unit cube.
import { must } from '../system/must.js';
import { HpoError } from './errors.js';
import type { Domain, Domains, Parameters, Scalar } from './parameters.js';
import { cardinality } from './space/cardinality.js';
import { orderByCondition } from './space/conditions.js';
import { fromUnit, isContinuous, toUnit, valueAt, valueCount } from './space/unit.js';
import { accepts, describeDomain, describeValue } from './space/values.js';
import { ownValue } from '../system/own.js';

/**
 * A space of float, int and choice parameters. A point of the unit cube has one coordinate for each parameter, in the order
 * in which the study lists them; NaN where the parameter is inactive.
 */
export class SearchSpace {
  readonly names: readonly string[];
  /** How many different parameter sets there are; Infinity with a float. */
  readonly cardinality: number;
  /** Positions in `names`, parents before children. */
  private readonly order: readonly number[];

  /** Throws ERR_STUDY_INVALID where a `when` names an unknown parameter or value, or depends on itself. */
  constructor(readonly domains: Domains) {
    this.names = Object.keys(domains);
    const ordered = orderByCondition(domains);
    this.order = ordered.map((name) => this.names.indexOf(name));
    this.cardinality = cardinality(domains, ordered, (name, parameters) => this.isActive(name, parameters));
  }

  /** The number of coordinates: all parameters, active or not. */
  get dimensions(): number {
    return this.names.length;
  }

  /** The domain of a coordinate. */
  domainAt(dimension: number): Domain {
    return must(this.domains[must(this.names[dimension], 'a parameter')], 'a domain');
  }

  /** Whether the parameter takes part, given the values of the parameters that it depends on. */
  isActive(name: string, parameters: Parameters): boolean {
    const conditions = Object.entries(this.domains[name]?.when ?? {});
    return conditions.every(([parent, values]) => {
      const value = ownValue(parameters, parent);
      return value !== undefined && this.isActive(parent, parameters) && values.includes(value);
    });
  }

  /** The point of valid parameters (see `validate`), shape [dimensions]. */
  encode(parameters: Parameters): Float64Array {
    return Float64Array.from(this.names, (name) => {
      const value = ownValue(parameters, name);
      if (value === undefined || !this.isActive(name, parameters)) return NaN;
      return toUnit(must(this.domains[name], 'a domain'), value);
    });
  }

  /**
   * The parameters at a point, those inactive left out. Coordinates beyond [0, 1] are taken as the nearest end, those of
   * inactive parameters are not looked at. Throws a RangeError where an active one is NaN.
   */
  decode(unit: ArrayLike<number>): Parameters {
    const found: Record<string, Scalar> = {};
    for (const dimension of this.order) {
      const name = must(this.names[dimension], 'a parameter');
      if (!this.isActive(name, found)) continue;
      const u = unit[dimension]!;
      if (Number.isNaN(u)) throw new RangeError(`expected a number in [0, 1], got ${u} at coordinate '${name}'`);
      found[name] = fromUnit(must(this.domains[name], 'a domain'), u);
    }
    return this.asListed(found);
  }

  /**
   * The point that stands for what a point decodes to, without the detour by values: discrete coordinates move to the middle
   * of their cell, inactive ones become NaN, floats stay. Throws nothing; NaN stays NaN.
   */
  settle(unit: ArrayLike<number>): Float64Array {
    const settled = new Float64Array(this.dimensions).fill(NaN);
    const found: Record<string, Scalar> = {};
    for (const dimension of this.order) {
      const name = must(this.names[dimension], 'a parameter');
      const domain = this.domainAt(dimension);
      if (domain.when !== undefined && !this.isActive(name, found)) continue;
      const u = unit[dimension]!;
      if (isContinuous(domain)) {
        settled[dimension] = Math.min(1, Math.max(0, u));
      } else {
        found[name] = fromUnit(domain, u);
        settled[dimension] = toUnit(domain, found[name]);
      }
    }
    return settled;
  }

  /** Throws ERR_STUDY_INVALID, naming every parameter that is missing, superfluous or not of its domain. */
  validate(parameters: Parameters, place = 'parameters'): void {
    const problems = this.problems(parameters);
    if (problems.length === 0) return;
    throw new HpoError('ERR_STUDY_INVALID', problems.map(({ name, text }) => `${text} at ${place}.${name}`).join('; '));
  }

  /** Whether `validate` would pass. */
  contains(parameters: Parameters): boolean {
    return this.problems(parameters).length === 0;
  }

  /**
   * Every parameter set, the last listed parameter fastest. Ints, choices and floats with a step in full; another float at `floatLevels` points that
   * are evenly spaced on its scale, both ends included (one level is the middle). Lazy: a space can be too large to list.
   */
  *grid(floatLevels: number): Generator<Parameters, void, void> {
    yield* this.enumerate(0, {}, floatLevels);
  }

  private *enumerate(position: number, chosen: Record<string, Scalar>, floatLevels: number): Generator<Parameters> {
    const dimension = this.order[position];
    if (dimension === undefined) {
      yield this.asListed(chosen);
      return;
    }
    const name = must(this.names[dimension], 'a parameter');
    if (!this.isActive(name, chosen)) {
      yield* this.enumerate(position + 1, chosen, floatLevels);
      return;
    }
    const domain = this.domainAt(dimension);
    const count = Math.min(valueCount(domain), isContinuous(domain) ? floatLevels : Infinity);
    for (let i = 0; i < count; i++) {
      const value = isContinuous(domain) ? fromUnit(domain, count === 1 ? 0.5 : i / (count - 1)) : valueAt(domain, i);
      yield* this.enumerate(position + 1, { ...chosen, [name]: value }, floatLevels);
    }
  }

  private problems(parameters: Parameters): { name: string; text: string }[] {
    const found: { name: string; text: string }[] = [];
    for (const name of new Set([...this.names, ...Object.keys(parameters)])) {
      const text = this.problem(name, parameters);
      if (text !== undefined) found.push({ name, text });
    }
    return found;
  }

  private problem(name: string, parameters: Parameters): string | undefined {
    const value: unknown = ownValue(parameters, name);
    const domain = ownValue(this.domains, name);
    if (domain === undefined) return `expected a parameter of the space (${this.names.join(', ')}), got '${name}'`;
    if (!this.isActive(name, parameters)) {
      if (value === undefined) return undefined;
      return `expected no value, because ${describeCondition(domain)} does not hold, got ${describeValue(value)}`;
    }
    return accepts(domain, value) ? undefined : `expected ${describeDomain(domain)}, got ${describeFound(value)}`;
  }

  private asListed(values: Record<string, Scalar>): Parameters {
    return Object.fromEntries(
      this.names
        .filter((name) => Object.hasOwn(values, name))
        .map((name) => [name, must(values[name], 'a value of the parameter')]),
    );
  }
}

function describeCondition(domain: Domain): string {
  const conditions = Object.entries(domain.when ?? {});
  return conditions.map(([parent, values]) => `${parent} = ${values.map(describeValue).join(' or ')}`).join(' and ');
}

function describeFound(value: unknown): string {
  return value === undefined ? 'nothing' : describeValue(value);
}
