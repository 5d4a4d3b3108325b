// Parameters and tables as commands print them.
import { describe, expect, it } from 'vitest';
import { alignColumns, formatParameters, formatTable } from '../../src/cli/table.js';

it('parameters stand on one line', () => {
  expect(formatParameters({ learningRate: 0.00042, optimizer: 'adam' })).toBe('learningRate=4.2e-4 optimizer=adam');
});

describe('tables', () => {
  it('align numbers to the right and text to the left, whatever the header', () => {
    expect(
      formatTable(
        ['name', 'images'],
        [
          ['ants', '7'],
          ['bees', '123'],
        ],
      ),
    ).toEqual(['name  images', 'ants       7', 'bees     123']);
  });

  it('take a dash for a missing number', () => {
    expect(alignColumns([['1.5'], ['–'], ['12']])).toEqual(['1.5', '  –', ' 12']);
  });

  it('fill short lines', () => {
    expect(alignColumns([['a', 'b'], ['c']])).toEqual(['a  b', 'c']);
  });

  it('leave characters that are two cells wide as much room as they take', () => {
    expect(
      alignColumns([
        ['蚂蚁', 'a'],
        ['bees', 'b'],
      ]),
    ).toEqual(['蚂蚁  a', 'bees  b']);
  });
});
