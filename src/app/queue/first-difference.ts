// Which file of a study differs between two machines: by digests of pages, since the whole list of a million images is no message.
import { createHash } from 'node:crypto';
import type { EntriesPage, EntryPages } from '../../cluster/messages.js';
import {
  type AnySplit,
  type ImageEntry,
  type ImageIndex,
  SPLITS,
  TARGET_SPLITS,
  entriesOf,
  splitWords,
} from '../../images/indexing/image-index.js';

/** Entries in one answer. */
export const PAGE = 500;

/** A page of the controller's index. */
export function pageOf(index: ImageIndex, split: AnySplit, from: number): EntriesPage {
  const entries = entriesOf(index, split)
    .slice(from, from + PAGE)
    .map(({ file, label, digest }) => ({ file, label: typeof label === 'number' ? label : [...label], digest }));
  return { entries };
}

/** Digests of all pages of the controller's index. */
export function pagesOf(index: ImageIndex, split: AnySplit): EntryPages {
  const all = entriesOf(index, split);
  const digests = Array.from({ length: Math.ceil(all.length / PAGE) }, (_, page) => digestOfPage(all, page));
  return { classes: [...index.classes], total: all.length, digests };
}

function digestOfPage(all: readonly ImageEntry[], page: number): string {
  const hash = createHash('sha256');
  for (const { file, label, digest } of all.slice(page * PAGE, (page + 1) * PAGE)) {
    hash.update(JSON.stringify([file, String(label), digest]));
  }
  return hash.digest('hex').slice(0, 16);
}

/** What the controller says of its index. */
export interface OtherIndex {
  readonly pages: (split: AnySplit) => Promise<EntryPages>;
  readonly entries: (split: AnySplit, from: number) => Promise<EntriesPage>;
}

/** Names the first file that differs, in words. */
export async function firstDifference(own: ImageIndex, other: OtherIndex): Promise<string> {
  for (const split of [...SPLITS, ...TARGET_SPLITS]) {
    const mine = entriesOf(own, split);
    const kind = split === 'train' ? split : splitWords(split);
    const { classes, total, digests } = await other.pages(split);
    if (classes.join('\n') !== own.classes.join('\n')) {
      return `the classes there are ${classes.join(', ')}, and here ${own.classes.join(', ')}`;
    }
    const page = digests.findIndex((digest, at) => digest !== digestOfPage(mine, at));
    const from = page * PAGE;
    const { entries } = page < 0 ? { entries: [] } : await other.entries(split, from);
    for (const [i, theirs] of entries.entries()) {
      const here = mine[from + i];
      if (here?.file === theirs.file && String(here.label) === String(theirs.label) && here.digest === theirs.digest)
        continue;
      if (here === undefined || here.file > theirs.file) return `the ${kind} image ${theirs.file} is missing here`;
      if (here.file < theirs.file) return `the ${kind} image ${here.file} is only here`;
      return here.digest === theirs.digest
        ? `the ${kind} image ${here.file} has another label here`
        : `the ${kind} image ${here.file} has other content here`;
    }
    const extra = mine[total];
    if (extra !== undefined) return `the ${kind} image ${extra.file} is only here`;
  }
  return 'the sample weights of the images are others here';
}
