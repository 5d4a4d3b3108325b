// Confusion matrices as text.
import { expect, it } from 'vitest';
import { classTable, confusionTable } from '../../../src/cli/views/class-table.js';

it('shows precision, recall and F1 of each class', () => {
  expect(
    classTable(
      [
        [8, 2],
        [1, 9],
      ],
      ['ants', 'bees'],
    ),
  ).toEqual([
    'class  precision  recall      F1  images',
    'ants      0.8889  0.8000  0.8421      10',
    'bees      0.8182  0.9000  0.8571      10',
  ]);
});

it('shows what was taken for what', () => {
  expect(
    confusionTable(
      [
        [8, 2],
        [1, 9],
      ],
      ['ants', 'bees'],
    ),
  ).toEqual(['actual \\ predicted  ants  bees', 'ants                   8     2', 'bees                   1     9']);
});

it('heads columns by numbers where names are too long', () => {
  const names = Array.from({ length: 8 }, (_, i) => `a class with a long name ${i + 1}`);
  const identity = names.map((_, i) => names.map((__, j) => (i === j ? 5 : 0)));
  const [header, first] = confusionTable(identity, names);
  expect(header).toMatch(/^ +actual \\ predicted +1 +2 +3 +4 +5 +6 +7 +8$/);
  expect(first).toMatch(/^1 +a class with a long name 1 +5 +0/);
});
