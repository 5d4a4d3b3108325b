// The index of images in folders: a folder per split, or one folder to be split.
import { resolve } from 'node:path';
import { groupBy } from './group-by.js';
import { checkClasses, checkCorrupt, checkDistinctRoots, checkNoEmptyClass, checkSameClasses } from './checks.js';
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
import { stratifiedSplit } from './stratified-split.js';

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

  const { images, skipped, warnings } = await inspectFolders(scans, data, options);
  images.forEach((some, i) => checkNoEmptyClass(classes, some, `data.${names[i]}`, skipped));
  const bySplit = <T>(values: readonly T[], none: T): Readonly<Record<Split, T>> => {
    const of = (split: Split): T => values[names.indexOf(split)] ?? none;
    return { train: of('train'), validation: of('validation'), test: of('test') };
  };
  const sorted = { classes, folders, images: bySplit(images, []), roots: bySplit(roots, '') };
  return finishIndex({ ...sorted, skipped, warnings });
}

export async function indexOneFolder(data: OneFolder & FileData, options: IndexOptions): Promise<ImageIndex> {
  const scan = await scanClassFolders(resolve(options.directory, data.folder), 'data.folder');
  const { classes, folders, root } = scan;
  checkClasses(classes, root);
  const inspected = await inspectFolders([scan], data, options);
  const images = inspected.images.flat();
  checkNoEmptyClass(classes, images, 'data.folder', inspected.skipped);
  const shares = { validation: data.validationSplit, test: data.testSplit ?? 0 };
  const { splits, warnings } = stratifiedSplit(images, shares, options.seed);
  const roots = { train: root, validation: root, test: shares.test > 0 ? root : '' };
  const { skipped } = inspected;
  const all = [...inspected.warnings, ...warnings];
  return finishIndex({ classes, folders, images: splits, roots, skipped, warnings: all });
}

interface InspectedFolders {
  /** The readable images of each scan. */
  readonly images: readonly (readonly FoundImage[])[];
  /** Corrupt files, and files outside of classes or of other formats. */
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
}

/** @throws HpoError ERR_DATA where more than `maxCorruptShare` of all images cannot be decoded. */
async function inspectFolders(
  scans: readonly Scan[],
  { maxCorruptShare = DEFAULT_MAX_CORRUPT_SHARE }: FileData,
  options: InspectionOptions,
): Promise<InspectedFolders> {
  const listed = scans.flatMap(({ root, files }) => files.map((file) => ({ root, ...file })));
  const { images, corrupt, warnings } = await inspectImages(listed, options);
  const unreadable = corrupt.map(skippedFile);
  checkCorrupt(unreadable, images.length, maxCorruptShare);
  const byRoot = groupBy(images, ({ root }) => root);
  return {
    images: scans.map(({ root }) => byRoot.get(root) ?? []),
    skipped: [...scans.flatMap((scan) => scan.skipped), ...unreadable],
    warnings,
  };
}
