// What has changed between two values, and the browser's own way of making the change.
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, difference } from '../../src/web/difference.js';

const source = readFileSync(new URL('../../assets/report/apply-change.js', import.meta.url), 'utf8');
const applyChange = runInNewContext(`${source}; applyChange`) as (data: object, change: Change) => void;

/** As the browser has it: through JSON. */
function changed(before: object, changes: readonly Change[]): unknown {
  const data = structuredClone(before);
  for (const change of JSON.parse(JSON.stringify(changes)) as Change[]) applyChange(data, change);
  return data;
}

const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('-0'));
const page = fc.dictionary(fc.string(), json, { maxKeys: 6 });

describe('difference', () => {
  it('makes the one value of the other', () => {
    fc.assert(
      fc.property(page, page, (before, after) => {
        const [from, to] = [before, after].map((one) => JSON.parse(JSON.stringify(one)) as object);
        expect(changed(from ?? {}, difference(from, to))).toEqual(to);
      }),
    );
  });

  it('says nothing where nothing has changed', () => {
    fc.assert(
      fc.property(page, (value) => {
        expect(difference(value, structuredClone(value))).toEqual([]);
      }),
    );
  });

  it.each<[string, unknown, unknown, Change[]]>([
    ['an item at the end', { a: [1, 2] }, { a: [1, 2, 3] }, [[['a'], 2, 0, [3]]]],
    ['an item in the middle', [[1], [3]], [[1], [2], [3]], [[[], 1, 0, [[2]]]]],
    ['a field of an item', [{ x: 'long text', y: 1 }, 2], [{ x: 'long text', y: 2 }, 2], [[[0, 'y'], 2]]],
    ['a field that is gone, or undefined', { a: 1, b: 2, c: 3 }, { b: undefined, c: 3 }, [[['a']], [['b']]]],
    ['a text, as a whole', { html: '<p>1' }, { html: '<p>2' }, [[['html'], '<p>2']]],
  ])('%s', (_, before, after, expected) => {
    expect(difference(before, after)).toEqual(expected);
  });

  it('of ten thousand rows, of which some change and some are added, is a few hundred characters', () => {
    const row = (i: number, state: string): unknown[] => [i, state, i / 7, 12, 'some reason'];
    const before = Array.from({ length: 10_000 }, (_, i) => row(i, 'running'));
    const after = [...before.map((one, i) => (i % 2500 === 3 ? row(i, 'completed') : one)), row(10_000, 'asked')];
    const changes = difference({ rows: before }, { rows: after });
    expect(JSON.stringify(changes).length).toBeLessThan(400);
    expect(changed({ rows: before }, changes)).toEqual({ rows: after });
  });

  it('sets names that mean something to JavaScript like any other', () => {
    const after = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as object;
    const data = {};
    for (const change of difference({}, after)) applyChange(data, change);
    expect(Object.keys(data)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });
});
