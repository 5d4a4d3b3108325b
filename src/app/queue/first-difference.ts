// Which file of a study differs between two machines: asked for page by page, since the whole list of a million images is no message.
import type { EntriesPage } from '../../cluster/messages.js';
import { SPLITS, type ImageIndex, type Split } from '../../images/indexing/image-index.js';

/** Entries in one answer. */
export const PAGE = 500;

/** A page of the controller's index. */
export function pageOf({ classes, splits }: ImageIndex, split: Split, from: number): EntriesPage {
  const all = splits[split];
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
  ask: (split: Split, from: number) => Promise<EntriesPage>,
): Promise<string> {
  for (const split of SPLITS) {
    const mine = own.splits[split];
    for (let from = 0; ; from += PAGE) {
      const { classes, total, entries } = await ask(split, from);
      if (classes.join('\n') !== own.classes.join('\n')) {
        return `the classes there are ${classes.join(', ')}, and here ${own.classes.join(', ')}`;
      }
      for (const [i, theirs] of entries.entries()) {
        const here = mine[from + i];
        if (here?.file === theirs.file && String(here.label) === String(theirs.label) && here.digest === theirs.digest)
          continue;
        if (here === undefined || here.file > theirs.file) return `the ${split} image ${theirs.file} is missing here`;
        if (here.file < theirs.file) return `the ${split} image ${here.file} is only here`;
        return here.digest === theirs.digest
          ? `the ${split} image ${here.file} has another label here`
          : `the ${split} image ${here.file} has other content here`;
      }
      if (from + PAGE < total) continue;
      const extra = mine[total];
      if (extra !== undefined) return `the ${split} image ${extra.file} is only here`;
      break;
    }
  }
  return 'the sample weights of the images are others here';
}
