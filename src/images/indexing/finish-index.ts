// From images in splits to the index that trials use.
import { debugOf } from '../../system/debug.js';
import { must } from '../../system/must.js';
import { warningsOf } from './checks.js';
import {
  type ImageEntry,
  type ImageIndex,
  SPLITS,
  type SkippedFile,
  type Split,
  byCodeUnit,
  digestOf,
} from './image-index.js';
import type { FoundImage } from './look-alikes.js';

const debug = debugOf('images');

export interface SortedImages {
  /** Sorted by code unit, in Unicode's composed form (NFC). */
  readonly classes: readonly string[];
  /** As the file system spells them. Default: as `classes`. */
  readonly folders?: readonly string[];
  readonly images: Readonly<Record<Split, readonly FoundImage[]>>;
  /** Where each split's files begin; '' where there is no such split. */
  readonly roots: Readonly<Record<Split, string>>;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  readonly facts?: readonly string[];
}

export function finishIndex({ classes, folders = classes, images, roots, ...rest }: SortedImages): ImageIndex {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const entriesOf = (split: Split): ImageEntry[] =>
    images[split]
      .map(({ file, className, digest, weight }) => {
        const entry = { file, label: must(labels.get(className), 'a class'), digest };
        return weight === undefined ? entry : { ...entry, weight };
      })
      .sort((a, b) => byCodeUnit(a.file, b.file));
  const splits = { train: entriesOf('train'), validation: entriesOf('validation'), test: entriesOf('test') };
  const { skipped, warnings, facts } = rest;
  debug(
    () =>
      `indexed ${SPLITS.map((split) => `${splits[split].length} of ${split}`).join(', ')}; ${skipped.length} skipped`,
  );
  return {
    classes,
    splits,
    origin: { type: 'folders', roots },
    skipped,
    warnings: [...warnings, ...warningsOf(images, skipped)],
    ...(facts === undefined ? {} : { facts }),
    // Of the folders' own spelling, as in earlier versions: a study begun then goes on.
    digest: digestOf(folders, splits),
  };
}
