// Arbitrary search spaces for property tests: up to six parameters, each possibly conditional on earlier ones.
import fc from 'fast-check';
import type { Condition, Domain, Domains } from '../../src/study/parameters.js';
import { valueAt, valueCount } from '../../src/study/space/unit.js';

const scale = fc.constantFrom('linear' as const, 'log' as const);

const float = fc
  .record({
    scale,
    min: fc.double({ min: 1e-6, max: 10, noNaN: true }),
    factor: fc.double({ min: 1.1, max: 1e5, noNaN: true }),
  })
  .map(({ scale, min, factor }): Domain => ({ type: 'float', scale, min, max: min * factor }));

const steppedFloat = fc
  .record({ scale, min: fc.integer({ min: 1, max: 20 }), tenths: fc.integer({ min: 1, max: 9 }), steps: fc.nat(6) })
  .map(({ scale, min, tenths, steps }): Domain => {
    const step = tenths / 10;
    return { type: 'float', scale, min: min / 10, max: min / 10 + (steps + 0.3) * step, step };
  });

const steppedInt = fc
  .record({ scale, min: fc.integer({ min: 1, max: 9 }), step: fc.integer({ min: 2, max: 8 }), extra: fc.nat(40) })
  .map(({ scale, min, step, extra }): Domain => ({ type: 'int', scale, min, max: min + extra, step }));

const int = fc
  .record({ scale, min: fc.integer({ min: 1, max: 5 }), extra: fc.integer({ min: 0, max: 7 }) })
  .map(({ scale, min, extra }): Domain => ({ type: 'int', scale, min, max: min + extra }));

const choice = fc
  .record({
    values: fc.uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.boolean()), { minLength: 1, maxLength: 4 }),
    ordinal: fc.boolean(),
  })
  .map(({ values, ordinal }): Domain => ({ type: 'choice', values, ordinal }));

/** Which earlier parameter to depend on, and on which of its values; out of range means none. */
const tie = fc.option(fc.record({ parent: fc.nat(8), value: fc.nat(8) }), { freq: 2 });

export const domainsArbitrary: fc.Arbitrary<Domains> = fc
  .array(fc.record({ domain: fc.oneof(float, int, choice, steppedFloat, steppedInt), tie }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((entries) => {
    const domains: Record<string, Domain> = {};
    entries.forEach(({ domain, tie }, i) => {
      const parent = tie === null ? undefined : domains[`p${tie.parent}`];
      const when: Condition | undefined =
        tie === null || parent === undefined || parent.type === 'float'
          ? undefined
          : { [`p${tie.parent}`]: [valueAt(parent, tie.value % valueCount(parent))] };
      domains[`p${i}`] = when === undefined ? domain : { ...domain, when };
    });
    return domains;
  });
