// From images in splits to the index that trials use.
import { debugOf } from '../../system/debug.js';
import type { OfTask } from '../../study/task.js';
import { must } from '../../system/must.js';
import { warningsOf } from './checks.js';
import { foldsOf, inOneFolder } from './folds.js';
import type { IndexOptions } from './image-data.js';
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

export interface SortedImages extends OfTask {
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

/** @param options with folds, `images` are pooled already. */
export function finishIndex(
  { classes, folders = classes, images: found, roots: given, ...rest }: SortedImages,
  { folds: wanted, seed }: Pick<IndexOptions, 'folds' | 'seed'>,
): ImageIndex {
  const pool = wanted === undefined ? undefined : inOneFolder(found.train, given.train);
  const images =
    pool === undefined ? found : { ...found, train: pool.images.toSorted((a, b) => byCodeUnit(a.file, b.file)) };
  const roots = pool === undefined ? given : { ...given, train: pool.root, validation: pool.root };
  const folds = wanted === undefined ? undefined : foldsOf(images.train, wanted, seed);
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const numberOf = (name: string): number => must(numbers.get(name), 'a class');
  const entriesOf = (split: Split): ImageEntry[] =>
    images[split]
      .map(({ file, className, labels, digest, weight }) => {
        const label = labels === undefined ? numberOf(className) : labels.map(numberOf).sort((a, b) => a - b);
        const entry = { file, label, digest };
        return weight === undefined ? entry : { ...entry, weight };
      })
      .sort((a, b) => byCodeUnit(a.file, b.file));
  const splits = { train: entriesOf('train'), validation: entriesOf('validation'), test: entriesOf('test') };
  const { skipped, warnings, facts, task } = rest;
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
    ...(task === undefined ? {} : { task }),
    ...(folds === undefined ? {} : { folds }),
    // Of the folders' own spelling, as in earlier versions: a study begun then goes on.
    digest: digestOf(folders, splits, folds),
  };
}
