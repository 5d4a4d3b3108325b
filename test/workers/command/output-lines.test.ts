// What a line of a program says, also one that is nearly JSON, and very long.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readLine } from '../../../src/workers/command/output-lines.js';

it('numbers that are not finite are read as Python writes them, and left alone within texts', () => {
  const names = fc.string().filter((name) => name !== '__proto__');
  const numbers = fc.constantFrom(NaN, Infinity, -Infinity, 0.5);
  fc.assert(
    fc.property(fc.dictionary(names, numbers), fc.string(), (metrics, text) => {
      const written = Object.entries(metrics).map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
      const line = `{"epoch": 1, "note": ${JSON.stringify(`NaN ${text} "Infinity`)}, "metrics": {${written.join(', ')}}}`;
      expect(readLine(line)).toEqual({
        type: 'report',
        report: { epoch: 1, note: `NaN ${text} "Infinity`, metrics },
      });
    }),
  );
});

it('a line of a million quotes that is no JSON is a line like any other', () => {
  expect(readLine(`{"a${'\\"'.repeat(1_000_000)}`)).toBeUndefined();
  expect(readLine(`{${'"'.repeat(1_000_001)}`)).toBeUndefined();
  expect(readLine(`{"a": ${'NaN'.repeat(300_000)}`)).toBeUndefined();
});

it('a report with a text of eight million characters is read', () => {
  const note = 'x'.repeat(8_000_000);
  expect(readLine(`{"epoch": 1, "metrics": {"loss": NaN}, "note": "${note}"}`)).toMatchObject({
    report: { metrics: { loss: NaN } },
  });
});
