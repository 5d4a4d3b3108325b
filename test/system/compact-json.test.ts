// JSON as a person would write it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compactJson } from '../../src/system/compact-json.js';

it('puts what fits on a line', () => {
  expect(compactJson({ name: 'a', space: { x: { type: 'float', min: 0 }, list: [1, 2] } })).toBe(
    '{\n  "name": "a",\n  "space": { "x": { "type": "float", "min": 0 }, "list": [1, 2] }\n}\n',
  );
});

it('breaks what does not, and leaves out what is undefined', () => {
  const long = 'x'.repeat(70);
  expect(compactJson({ a: { b: long, c: long }, d: undefined })).toBe(
    `{\n  "a": {\n    "b": "${long}",\n    "c": "${long}"\n  }\n}\n`,
  );
});

it('is the same value, and within 120 columns where strings allow it', () => {
  const value = fc.object({
    key: fc.string({ maxLength: 10 }),
    values: [fc.string({ maxLength: 20 }), fc.integer(), fc.boolean(), fc.constant(null)],
    maxDepth: 4,
  });
  fc.assert(
    fc.property(value, (object) => {
      const text = compactJson(object);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(object)));
      expect(text.split('\n').every((line) => line.length <= 120)).toBe(true);
    }),
  );
});
