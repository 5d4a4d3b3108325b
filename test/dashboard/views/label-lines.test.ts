// Right and wrong of each label in the dashboard.
import { expect, it } from 'vitest';
import { labelLines } from '../../../src/dashboard/views/label-lines.js';
import { widthOf } from '../../../src/system/text-width.js';

const table = (hits: number, misses: number, alarms: number): number[][] => [
  [50, alarms],
  [misses, hits],
];
const textOf = (lines: ReturnType<typeof labelLines>): string[] =>
  lines.map((line) => line.map(({ text }) => text).join(''));

it('each label has a line with what was found and missed', () => {
  const lines = textOf(labelLines([table(8, 2, 0), table(3, 3, 6)], ['boat', 'car'], 4, 80));
  expect(lines[0]).toContain('labels at epoch 4');
  expect(lines[1]?.trim().split(/ +/)).toEqual(['found', 'missed', 'alarms', 'precision', 'recall', 'F1']);
  expect(lines[2]?.trim().split(/ +/)).toEqual(['boat', '8', '2', '0', '1.0000', '0.8000', '0.8889']);
  expect(lines[3]?.trim().split(/ +/)).toEqual(['car', '3', '3', '6', '0.3333', '0.5000', '0.4000']);
});

it('of many labels the weakest are shown, in the width that there is', () => {
  const many = Array.from({ length: 30 }, (_, i) => table(i + 1, 5, 0));
  const lines = textOf(labelLines(many, undefined, 1, 40));
  expect(lines).toHaveLength(22);
  expect(lines[2]).toContain('label 0');
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(40);
});
