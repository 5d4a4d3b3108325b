// The search space: conditions, encoding, validation, counting and enumeration.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpoError } from '../../src/study/errors.js';
import { parametersKey } from '../../src/study/history.js';
import type { Domains, Parameters } from '../../src/study/parameters.js';
import { SearchSpace } from '../../src/study/space.js';
import { domainsArbitrary } from './domains-arbitrary.js';

const conditional: Domains = {
  momentum: { type: 'float', min: 0, max: 0.99, scale: 'linear', when: { optimizer: ['sgd'] } },
  nesterov: { type: 'choice', values: [true, false], ordinal: false, when: { momentumOn: [true] } },
  momentumOn: { type: 'choice', values: [true, false], ordinal: false, when: { optimizer: ['sgd'] } },
  optimizer: { type: 'choice', values: ['adam', 'sgd', 'rmsprop'], ordinal: false },
};

const finite: Domains = {
  depth: { type: 'int', min: 0, max: 4, scale: 'linear' },
  kind: { type: 'choice', values: ['a', 'b', 'c'], ordinal: false },
  deep: { type: 'int', min: 1, max: 10, scale: 'log', when: { depth: [3, 4], kind: ['a', 'b'] } },
  deeper: { type: 'choice', values: [1, 2], ordinal: true, when: { deep: [10] } },
};

function codeAndMessage(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof HpoError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('expected an error, none was thrown');
}

describe('encode and decode', () => {
  it('decoding an encoded parameter set gives it back', () => {
    fc.assert(
      fc.property(
        domainsArbitrary,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (domains, stream) => {
          const space = new SearchSpace(domains);
          const parameters = space.decode(
            Array.from({ length: space.dimensions }, () => stream.next().value as number),
          );
          const again = space.decode(space.encode(parameters));
          expect(Object.keys(again)).toEqual(Object.keys(parameters));
          for (const [name, value] of Object.entries(parameters)) {
            if (domains[name]?.type === 'float') expect(again[name]).toBeCloseTo(value as number, 9);
            else expect(again[name]).toBe(value);
          }
        },
      ),
    );
  });

  it('values of many digits stay within their domain, and on its steps', () => {
    const space = new SearchSpace({
      large: { type: 'int', min: 0, max: 1234567890127, scale: 'linear' },
      fine: { type: 'float', min: 123456789.0123, max: 123456789.0126, step: 0.0001, scale: 'linear' },
    });
    for (const unit of [0, 0.3, 0.5, 0.9, 1]) expect(space.contains(space.decode([unit, unit]))).toBe(true);
    expect(space.decode([1, 1])['large']).toBe(1234567890127);
    expect(new Set([0.1, 0.4, 0.6, 0.9].map((unit) => space.decode([0, unit])['fine'])).size).toBe(4);
  });

  it('whatever is decoded is valid', () => {
    fc.assert(
      fc.property(
        domainsArbitrary,
        fc.infiniteStream(fc.double({ min: -1, max: 2, noNaN: true })),
        (domains, stream) => {
          const space = new SearchSpace(domains);
          space.validate(space.decode(Array.from({ length: space.dimensions }, () => stream.next().value as number)));
        },
      ),
    );
  });

  it('floats reach both ends exactly, also on a log scale', () => {
    const space = new SearchSpace({ rate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' } });
    expect([0, 1 / 3, 1].map((u) => space.decode([u]).rate)).toEqual([1e-5, 1e-4, 1e-2]);
  });

  it('an int has an equal share of the interval for every value', () => {
    const space = new SearchSpace({ depth: { type: 'int', min: 0, max: 4, scale: 'linear' } });
    const shares = new Map<unknown, number>();
    for (let i = 0; i < 1000; i++) {
      const { depth } = space.decode([(i + 0.5) / 1000]);
      shares.set(depth, (shares.get(depth) ?? 0) + 1);
    }
    expect([...shares.values()]).toEqual([200, 200, 200, 200, 200]);
  });

  it('a domain with a step has its values alone, each with an equal share of a linear interval', () => {
    const space = new SearchSpace({
      batchSize: { type: 'int', min: 8, max: 40, step: 8, scale: 'linear' },
      dropout: { type: 'float', min: 0.1, max: 0.5, step: 0.1, scale: 'linear' },
    });
    const decoded = Array.from({ length: 10 }, (_, i) => space.decode([(i + 0.5) / 10, (i + 0.5) / 10]));
    expect(decoded.map(({ batchSize }) => batchSize)).toEqual([8, 8, 16, 16, 24, 24, 32, 32, 40, 40]);
    expect(decoded.map(({ dropout }) => dropout)).toEqual([0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5]);
    expect(space.cardinality).toBe(25);
    expect(() => space.validate({ batchSize: 12, dropout: 0.25 })).toThrow(
      /an integer from 8 to 40 in steps of 8, got 12 .*a number from 0.1 to 0.5 in steps of 0.1, got 0.25/,
    );
  });

  it('a step on a log scale has its values too, and never a logarithm of zero', () => {
    const space = new SearchSpace({ batchSize: { type: 'int', min: 1, max: 33, step: 8, scale: 'log' } });
    const decoded = Array.from({ length: 101 }, (_, i) => space.decode([i / 100])['batchSize']);
    expect([...new Set(decoded)]).toEqual([1, 9, 17, 25, 33]);
  });

  it('a choice stands in the middle of its cell', () => {
    const space = new SearchSpace({ batch: { type: 'choice', values: [8, 16, 32, 64], ordinal: true } });
    expect(space.encode({ batch: 16 })).toEqual(Float64Array.of(0.375));
  });

  it('leaves inactive parameters out and encodes them as NaN', () => {
    const space = new SearchSpace(conditional);
    const parameters = space.decode([0.5, 0.1, 0.1, 0.1]);
    expect(parameters).toEqual({ optimizer: 'adam' });
    expect(space.encode(parameters)).toEqual(Float64Array.of(NaN, NaN, NaN, 1 / 6));
  });

  it('a parameter is active only when its whole chain of parents is', () => {
    const space = new SearchSpace(conditional);
    expect(space.decode([0.5, 0.1, 0.1, 0.5])).toEqual({
      momentum: 0.495,
      nesterov: true,
      momentumOn: true,
      optimizer: 'sgd',
    });
    expect(space.isActive('nesterov', { momentumOn: true, optimizer: 'adam' })).toBe(false);
  });

  it('refuses to decode NaN for an active parameter', () => {
    expect(() => new SearchSpace(conditional).decode([NaN, NaN, NaN, NaN])).toThrow(
      "got NaN at coordinate 'optimizer'",
    );
  });

  it('a domain of one value survives', () => {
    const space = new SearchSpace({
      x: { type: 'float', min: 2, max: 2, scale: 'log' },
      n: { type: 'int', min: 1, max: 1, scale: 'log' },
    });
    expect(space.decode(space.encode({ x: 2, n: 1 }))).toEqual({ x: 2, n: 1 });
    expect(space.cardinality).toBe(1);
  });
});

describe('conditions', () => {
  const choice = (when: Record<string, string[]>): Domains[string] => ({
    type: 'choice',
    values: ['x'],
    ordinal: false,
    when,
  });

  it('refuses a cycle and names it', () => {
    const error = codeAndMessage(
      () => new SearchSpace({ a: choice({ b: ['x'] }), b: choice({ c: ['x'] }), c: choice({ a: ['x'] }) }),
    );
    expect(error.code).toBe('ERR_STUDY_INVALID');
    expect(error.message).toContain('a → b → c → a at space.a.when');
  });

  it('refuses an unknown parent', () => {
    const error = codeAndMessage(() => new SearchSpace({ a: choice({ toString: ['x'] }) }));
    expect(error).toEqual({
      code: 'ERR_STUDY_INVALID',
      message: "expected a parameter of the space (a), got 'toString' at space.a.when.toString",
    });
  });

  it('refuses a value that the parent never has', () => {
    const error = codeAndMessage(() => new SearchSpace({ a: choice({}), b: choice({ a: ['y'] }) }));
    expect(error.message).toBe('expected one of "x", got "y" at space.b.when.a');
  });

  it('refuses a condition on a float', () => {
    const domains: Domains = {
      rate: { type: 'float', min: 0, max: 1, scale: 'linear' },
      b: { type: 'int', min: 0, max: 1, scale: 'linear', when: { rate: [0.5] } },
    };
    expect(codeAndMessage(() => new SearchSpace(domains)).message).toContain(
      "got the float 'rate' at space.b.when.rate",
    );
  });
});

describe('validate', () => {
  const space = new SearchSpace(conditional);
  const problemsOf = (parameters: Parameters): string =>
    codeAndMessage(() => space.validate(parameters, 'search.enqueue[0]')).message;

  it('accepts a full set', () => {
    expect(() => space.validate({ optimizer: 'sgd', momentum: 0.9, momentumOn: false })).not.toThrow();
  });

  it('names every problem at once, with what was expected and found', () => {
    expect(problemsOf({ optimizer: 'sgd', momentum: 2, lr: 1 })).toBe(
      'expected a number from 0 to 0.99, got 2 at search.enqueue[0].momentum; ' +
        'expected one of true, false, got nothing at search.enqueue[0].momentumOn; ' +
        "expected a parameter of the space (momentum, nesterov, momentumOn, optimizer), got 'lr' at search.enqueue[0].lr",
    );
  });

  it('refuses an inactive parameter and says why it is inactive', () => {
    expect(problemsOf({ optimizer: 'adam', momentum: 0.9 })).toBe(
      'expected no value, because optimizer = "sgd" does not hold, got 0.9 at search.enqueue[0].momentum',
    );
  });

  it('refuses NaN', () => {
    expect(problemsOf({ optimizer: 'sgd', momentum: NaN, momentumOn: false })).toContain('got NaN');
  });
});

describe('counting and enumeration', () => {
  it('counts active parameter sets only', () => {
    // depth 0-2: 3 · 3 kinds; depth 3-4: kind c 2, kinds a and b 2 · 2 · (9 + 2).
    expect(new SearchSpace(finite).cardinality).toBe(9 + 2 + 4 * 11);
  });

  it('a float makes it infinite, an empty space has one point', () => {
    expect(new SearchSpace(conditional).cardinality).toBe(Infinity);
    expect(new SearchSpace({}).cardinality).toBe(1);
  });

  it('counts a large space without listing it', () => {
    const domains: Domains = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`n${i}`, { type: 'int', min: 0, max: 999, scale: 'linear' }]),
    );
    expect(new SearchSpace(domains).cardinality).toBeCloseTo(1e90, -80);
  });

  it('lists exactly as many distinct valid sets as it counts', () => {
    fc.assert(
      fc.property(domainsArbitrary, (domains) => {
        const space = new SearchSpace(domains);
        if (space.cardinality > 3000) return;
        const listed = [...space.grid(3)];
        for (const parameters of listed) space.validate(parameters);
        expect(new Set(listed.map(parametersKey)).size).toBe(space.cardinality);
        expect(listed.length).toBe(space.cardinality);
      }),
    );
  });

  it('puts floats at evenly spaced levels of their scale, both ends included', () => {
    const space = new SearchSpace({ rate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' } });
    expect([...space.grid(3)].map(({ rate }) => rate)).toEqual([1e-4, 1e-3, 1e-2]);
    expect([...space.grid(1)].map(({ rate }) => rate)).toEqual([1e-3]);
  });

  it('varies the last listed parameter fastest', () => {
    const space = new SearchSpace({
      a: { type: 'int', min: 0, max: 1, scale: 'linear' },
      b: { type: 'int', min: 0, max: 1, scale: 'linear' },
    });
    expect([...space.grid(1)]).toEqual([
      { a: 0, b: 0 },
      { a: 0, b: 1 },
      { a: 1, b: 0 },
      { a: 1, b: 1 },
    ]);
  });
});
