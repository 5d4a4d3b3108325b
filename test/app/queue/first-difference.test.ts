// The first image that differs between two machines.
import { expect, it } from 'vitest';
import { PAGE, firstDifference, pageOf, pagesOf } from '../../../src/app/queue/first-difference.js';
import type { ImageIndex } from '../../../src/images/indexing/image-index.js';

function indexOf(
  count: number,
  change: (files: { file: string; label: number; digest: string }[]) => void = () => {},
): ImageIndex {
  const train = Array.from({ length: count }, (_, i) => ({
    file: `a/${String(i).padStart(6, '0')}.png`,
    label: 0,
    digest: `d${i}`,
  }));
  change(train);
  return {
    ...{ classes: ['a', 'b'], skipped: [], warnings: [], digest: '' },
    splits: { train, validation: [], test: [] },
    origin: { type: 'folders', roots: { train: '', validation: '', test: '' } },
  };
}

function differenceOf(own: ImageIndex, theirs: ImageIndex): Promise<string> {
  return firstDifference(own, {
    pages: (split) => Promise.resolve(pagesOf(theirs, split)),
    entries: (split, from) => Promise.resolve(pageOf(theirs, split, from)),
  });
}

const many = 2 * PAGE + 7;

it.each<[string, (files: { file: string; label: number; digest: string }[]) => unknown, string]>([
  [
    'other content',
    (files) => (files[PAGE + 3] = { file: 'a/000503.png', label: 0, digest: 'x' }),
    'a/000503.png has other content here',
  ],
  [
    'another label',
    (files) => (files[2] = { file: 'a/000002.png', label: 1, digest: 'd2' }),
    'a/000002.png has another label here',
  ],
  ['a file too few', (files) => files.splice(PAGE, 1), 'a/000500.png is missing here'],
  ['the last file too few', (files) => files.pop(), 'a/001006.png is missing here'],
  [
    'a file too many',
    (files) => files.splice(4, 0, { file: 'a/000003b.png', label: 0, digest: 'x' }),
    'a/000003b.png is only here',
  ],
  ['a last file too many', (files) => files.push({ file: 'b.png', label: 1, digest: 'x' }), 'b.png is only here'],
])('names it: %s', async (_, change, expected) => {
  const own = indexOf(many, (files) => void change(files));
  expect(await differenceOf(own, indexOf(many))).toContain(expected);
});

it('names other classes first', async () => {
  const own = { ...indexOf(1), classes: ['a', 'c'] };
  expect(await differenceOf(own, indexOf(1))).toBe('the classes there are a, b, and here a, c');
});

it('names images of the target', async () => {
  const withNight = (file: string): ImageIndex => {
    const splits = { targetUnlabelled: [{ file, label: -1, digest: 'd' }], targetValidation: [], targetTest: [] };
    const roots = { targetUnlabelled: '', targetValidation: '', targetTest: '' };
    return { ...indexOf(1), target: { splits, origin: { type: 'folders', roots } } };
  };
  const difference = await differenceOf(withNight('b.png'), withNight('a.png'));
  expect(difference).toBe('the unlabelled target image a.png is missing here');
});

it('asks for one page of a large list', async () => {
  const theirs = indexOf(100_000);
  const own = indexOf(100_000, (files) => void (files[77_777] = { file: 'a/077777.png', label: 0, digest: 'x' }));
  const asked: number[] = [];
  const difference = await firstDifference(own, {
    pages: (split) => Promise.resolve(pagesOf(theirs, split)),
    entries: (split, from) => (asked.push(from), Promise.resolve(pageOf(theirs, split, from))),
  });
  expect([difference, asked]).toEqual(['the train image a/077777.png has other content here', [77_500]]);
});
