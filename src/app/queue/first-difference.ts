// Which file of a study differs between two machines: asked for page by page, since the whole list of a million images is no message.
import type { EntriesPage } from '../../cluster/messages.js';
import {
  type AnySplit,
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
  const { classes } = index;
  const all = entriesOf(index, split);
  const entries = all.slice(from, from + PAGE).map(({ file, label, digest }) => ({
    file,
    label: typeof label === 'number' ? label : [...label],
    digest,
  }));
  return { classes: [...classes], total: all.length, entries };
}

/** Names the first file that differs, in words. @param ask brings a page of the controller's index. */
export async function firstDifference(
  own: ImageIndex,
  ask: (split: AnySplit, from: number) => Promise<EntriesPage>,
): Promise<string> {
  for (const split of [...SPLITS, ...TARGET_SPLITS]) {
    const mine = entriesOf(own, split);
    const kind = split === 'train' ? split : splitWords(split);
    for (let from = 0; ; from += PAGE) {
      const { classes, total, entries } = await ask(split, from);
      if (classes.join('\n') !== own.classes.join('\n')) {
        return `the classes there are ${classes.join(', ')}, and here ${own.classes.join(', ')}`;
      }
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
      if (from + PAGE < total) continue;
      const extra = mine[total];
      if (extra !== undefined) return `the ${kind} image ${extra.file} is only here`;
      break;
    }
  }
  return 'the sample weights of the images are others here';
}
