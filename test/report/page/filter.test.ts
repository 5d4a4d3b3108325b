// The filter above the table of trials, as the page's script reads it.
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

interface Column {
  readonly index: number;
  readonly isTime?: boolean;
}
type Row = readonly (string | number | null)[];
type ParseFilter = (
  text: string,
  columns: ReadonlyMap<string, Column>,
) => { terms: ((row: Row, texts: readonly string[]) => boolean)[]; problems: string[] };

const source = readFileSync(new URL('../../../assets/report/filter.js', import.meta.url), 'utf8');
const parseFilter = runInNewContext(`${source}; parseFilter`) as ParseFilter;

const COLUMNS = new Map<string, Column>([
  ['state', { index: 0 }],
  ['learningrate', { index: 1 }],
  ['time', { index: 2, isTime: true }],
  ['my name', { index: 3 }],
]);
const ROWS: readonly (readonly [Row, readonly string[]])[] = [
  [
    ['completed', 0.00031234567, 30, 'big one'],
    ['completed', '3.123e-4', '30s', 'big one'],
  ],
  [
    ['pruned', 0.01, 90, 'small'],
    ['pruned', '0.01', '1m 30s', 'small'],
  ],
  [
    ['failed', null, null, null],
    ['failed', '·', '·', '·'],
  ],
];

function kept(text: string): number[] {
  const { terms } = parseFilter(text, COLUMNS);
  return ROWS.flatMap(([row, texts], i) => (terms.every((term) => term(row, texts)) ? [i] : []));
}

describe('the filter of trials', () => {
  it.each([
    ['', [0, 1, 2]],
    ['pruned', [1]],
    ['learningRate<0.001', [0]],
    ['learningRate < 1e-3', [0]],
    ['LEARNINGRATE>=0.01', [1]],
    ['learningRate=0.01', [1]],
    ['learningRate=3.123e-4', [0]],
    ['learningRate!=0.01', [0]],
    ['time>1m', [1]],
    ['time<=30s', [0]],
    ['state=pruned', [1]],
    ['state!=pruned', [0, 2]],
    ['"my name"="big one"', [0]],
    ['"big one"', [0]],
    ['completed learningRate>0.001', []],
    ['learningRate>small', []],
    ['learningRate<', [0, 1, 2]],
  ])('%s keeps the rows %j', (text, rows) => expect(kept(text)).toEqual(rows));

  it('names a column that there is not', () => {
    expect(parseFilter('rate<1 pruned', COLUMNS).problems).toEqual(['no column is called rate']);
    expect(kept('rate<1 pruned')).toEqual([1]);
  });
});
