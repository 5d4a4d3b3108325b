// The index of images in folders: a folder per split, or one folder to be split.
import { resolve } from 'node:path';
import { groupBy } from './group-by.js';
import { checkClasses, checkCorrupt, checkDistinctRoots, checkNoEmptyClass, checkSameClasses } from './checks.js';
import { pooled } from './folds.js';
import { finishIndex } from './finish-index.js';
import {
  DEFAULT_MAX_CORRUPT_SHARE,
  type FileData,
  type IndexOptions,
  type OneFolder,
  type SplitFolders,
} from './image-data.js';
import { type ImageIndex, SPLITS, type SkippedFile, type Split } from './image-index.js';
import { type InspectionOptions, inspectImages, skippedFile } from './inspect-images.js';
import type { FoundImage } from './look-alikes.js';
import { type Scan, scanClassFolders } from './scan.js';
import { splitImages } from './group-split.js';
import { checkGroupsApart, groupFacts, withGroups } from './groups.js';

export async function indexSplitFolders(data: SplitFolders & FileData, options: IndexOptions): Promise<ImageIndex> {
  const names = SPLITS.filter((split) => data[split] !== undefined);
  const scans: Scan[] = [];
  for (const split of names) {
    scans.push(await scanClassFolders(resolve(options.directory, data[split] as string), `data.${split}`));
  }
  const roots = scans.map(({ root }) => root);
  const { classes, folders, root } = scans[0] as Scan;
  checkDistinctRoots(roots, names);
  checkClasses(classes, root);
  scans.forEach((scan, i) => checkSameClasses(classes, scan.classes, names[i] as Split));

  const { images, skipped, warnings, unmatched } = await inspectFolders(scans, data, options);
  images.forEach((some, i) => checkNoEmptyClass(classes, some, `data.${names[i]}`, skipped));
  const bySplit = <T>(values: readonly T[], none: T): Readonly<Record<Split, T>> => {
    const of = (split: Split): T => values[names.indexOf(split)] ?? none;
    return { train: of('train'), validation: of('validation'), test: of('test') };
  };
  const sorted = { classes, folders, images: pooled(bySplit(images, []), options.folds), roots: bySplit(roots, '') };
  checkGroupsApart(sorted.images, 'use data.folder with validationSplit, which keeps groups together, or move images');
  return finishIndex({ ...sorted, skipped, warnings, ...factsOf(data, sorted.images, unmatched) }, options);
}

export async function indexOneFolder(data: OneFolder & FileData, options: IndexOptions): Promise<ImageIndex> {
  const scan = await scanClassFolders(resolve(options.directory, data.folder), 'data.folder');
  const { classes, folders, root } = scan;
  checkClasses(classes, root);
  const inspected = await inspectFolders([scan], data, options);
  const images = inspected.images.flat();
  checkNoEmptyClass(classes, images, 'data.folder', inspected.skipped);
  const shares = { validation: data.validationSplit, test: data.testSplit ?? 0 };
  const { splits: found, warnings } = splitImages(images, shares, options);
  const splits = pooled(found, options.folds);
  const roots = { train: root, validation: root, test: shares.test > 0 ? root : '' };
  const { skipped, unmatched } = inspected;
  const all = [...inspected.warnings, ...warnings];
  const facts = factsOf(data, splits, unmatched);
  return finishIndex({ classes, folders, images: splits, roots, skipped, warnings: all, ...facts }, options);
}

function factsOf(
  { groupBy: pattern }: FileData,
  splits: Readonly<Record<Split, readonly FoundImage[]>>,
  unmatched: number,
): { readonly facts?: readonly string[] } {
  return pattern === undefined ? {} : { facts: groupFacts(splits, 'data.groupBy', unmatched) };
}

interface InspectedFolders {
  /** The readable images of each scan. */
  readonly images: readonly (readonly FoundImage[])[];
  /** Corrupt files, and files outside of classes or of other formats. */
  readonly skipped: readonly SkippedFile[];
  /** Images that `groupBy` does not match. */
  readonly unmatched: number;
  readonly warnings: readonly string[];
}

/** @throws HpoError ERR_DATA where more than `maxCorruptShare` of all images cannot be decoded. */
async function inspectFolders(
  scans: readonly Scan[],
  { maxCorruptShare = DEFAULT_MAX_CORRUPT_SHARE, groupBy: pattern }: FileData,
  options: InspectionOptions,
): Promise<InspectedFolders> {
  const listed = scans.flatMap(({ root, files }) => files.map((file) => ({ root, ...file })));
  const { images, corrupt, warnings } = await inspectImages(listed, options);
  const unreadable = corrupt.map(skippedFile);
  checkCorrupt(unreadable, images.length, maxCorruptShare);
  const grouped = pattern === undefined ? { images, unmatched: 0 } : withGroups(images, pattern);
  const byRoot = groupBy(grouped.images, ({ root }) => root);
  return {
    images: scans.map(({ root }) => byRoot.get(root) ?? []),
    skipped: [...scans.flatMap((scan) => scan.skipped), ...unreadable],
    unmatched: grouped.unmatched,
    warnings,
  };
}
