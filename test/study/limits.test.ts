// Limits of a study file: whatever it holds is accepted or refused with its place, at once.
import { describe, expect, it } from 'vitest';
import type { Domains } from '../../src/study/parameters.js';
import { valueOf } from '../../src/study/objective.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';
import { SearchSpace } from '../../src/study/space.js';

const parse = (space: string, more = ''): unknown =>
  parseStudy(`{ "trainer": { "module": "./t.mjs" ${more} }, "space": ${space} }`, 'study.json', 'limits');
const x = '"x": { "type": "float", "min": 0, "max": 1 }';

describe('a study file', () => {
  it('may be nested a hundred levels deep, and not twenty thousand', () => {
    const nested = (levels: number): string => `, "settings": { "a": ${'['.repeat(levels)}${']'.repeat(levels)} }`;
    expect(() => parse(`{ ${x} }`, nested(90))).not.toThrow();
    expect(() => parse(`{ ${x} }`, nested(20_000))).toThrow(/at most 100 levels of nesting, got 20003/);
  });

  it('counts brackets in texts as text', () => {
    const text = JSON.stringify('[{"\\'.repeat(500));
    expect(() => parse(`{ ${x} }`, `, "settings": { "a": ${text} }`)).not.toThrow();
  });

  it('has no parameter named __proto__, and says so', () => {
    const space = '{ "__proto__": { "type": "float", "min": 0, "max": 1 } }';
    expect(() => parse(space)).toThrow(/expected another name, got space\.__proto__/);
  });

  it('may have a parameter named constructor, also a conditional one', () => {
    const space = new SearchSpace({
      toString: { type: 'choice', values: ['a', 'b'], ordinal: false },
      constructor: { type: 'int', min: 1, max: 3, scale: 'linear', when: { toString: ['a'] } },
    } as unknown as Domains);
    expect(space.cardinality).toBe(4);
    expect(space.decode([0.9, 0.5])).toEqual({ toString: 'b' });
    expect([...space.encode({ toString: 'b' })]).toEqual([0.75, NaN]);
    expect(space.contains({ toString: 'b' })).toBe(true);
    expect(space.contains({})).toBe(false);
  });

  it.each([
    [
      'a range wider than any number',
      '{ "type": "float", "min": -1.7e308, "max": 1.7e308 }',
      /x\.max: expected a range whose width/,
    ],
    [
      'steps beyond counting',
      '{ "type": "float", "min": 0, "max": 1e300, "step": 1e-300 }',
      /x\.step: expected a step that divides/,
    ],
    [
      'too many choices',
      `{ "type": "choice", "values": [${Array.from({ length: 200_000 }, (_, i) => i).join()}] }`,
      /at most 10000/,
    ],
  ])('is refused at once with %s', (_, domain, message) => {
    const began = performance.now();
    expect(() => parse(`{ "x": ${domain} }`)).toThrow(message);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('takes ten thousand choices at once', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => `"v${i}"`).join();
    const began = performance.now();
    parse(`{ "x": { "type": "choice", "values": [${values}] } }`);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('conditions', () => {
  const flag = { type: 'choice', values: [false, true], ordinal: false } as const;

  /** Switches under one parent, each with a number of its own. */
  const switches = (count: number): Domains => {
    const entries = Array.from({ length: count }, (_, i) => [
      [`s${i}`, { ...flag, when: { parent: [true] } }],
      [`n${i}`, { type: 'int', min: 1, max: 3, scale: 'linear', when: { [`s${i}`]: [true] } }],
    ]).flat();
    return Object.fromEntries([['parent', flag], ...entries]) as Domains;
  };

  it('of many switches under one parent are counted at once, exactly', () => {
    expect(new SearchSpace(switches(2)).cardinality).toBe(1 + 4 ** 2);
    expect([...new SearchSpace(switches(2)).grid(1)]).toHaveLength(1 + 4 ** 2);
    expect(new SearchSpace(switches(18)).cardinality).toBe(1 + 4 ** 18);
    expect(new SearchSpace(switches(200)).cardinality).toBe(1 + 4 ** 200);
  });

  it('that cannot be counted are refused', () => {
    const parents = Array.from({ length: 40 }, (_, i) => [`p${i}`, flag] as const);
    const when = Object.fromEntries(parents.map(([name]) => [name, [true]]));
    const domains = Object.fromEntries([...parents, ['child', { ...flag, when }]]) as Domains;
    expect(() => new SearchSpace(domains)).toThrow(/at most 100000 cases/);
  });
});

it('a metric named constructor has the value that was reported, and none where it was not', () => {
  const objective = { metric: 'constructor', direction: 'maximize' } as const;
  expect(valueOf(objective, { epoch: 1, metrics: { ['constructor']: 0.5 } })).toBe(0.5);
  expect(valueOf(objective, { epoch: 1, metrics: {} })).toBeUndefined();
});
