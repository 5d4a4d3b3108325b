// Makes the index of a study's images: finds them, opens each once, splits them, refuses what cannot work.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { indexDrawn } from './index-drawn.js';
import {
  checkClasses,
  checkCorrupt,
  checkDistinctRoots,
  checkNoEmptyClass,
  checkSameClasses,
  warningsOf,
} from './checks.js';
import { concurrently } from './concurrently.js';
import {
  DEFAULT_MAX_CORRUPT_SHARE,
  type FolderData,
  type ImageData,
  type OneFolder,
  type SplitFolders,
} from './configuration.js';
import { configureSharp } from './decode.js';
import type { FoundImage } from './found-image.js';
import {
  type ImageEntry,
  type ImageIndex,
  SPLITS,
  type SkippedFile,
  type Split,
  byCodeUnit,
  digestOf,
} from './image-index.js';
import { InspectionCache } from './inspection-cache.js';
import { type Scan, scanClassFolders } from './scan.js';
import { stratifiedSplit } from './stratified-split.js';

export interface IndexOptions {
  /** Relative folders are relative to this one: the study file's. */
  readonly directory: string;
  /** Of the study; decides the split of one folder. */
  readonly seed: number;
  /** A file that remembers what was found in unchanged images, for the next time. */
  readonly cacheFile?: string;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Readable images of a folder and what was passed over. */
interface Inspected {
  readonly images: readonly FoundImage[];
  readonly corrupt: readonly SkippedFile[];
}

/**
 * Indexes the images of a study. Every image is decoded once; corrupt ones are named and left out.
 * @throws HpoError ERR_DATA with what to do about it: no such folder, fewer than two classes, a class without images,
 * classes that differ between splits, more corrupt files than tolerated.
 */
export async function indexImages(data: ImageData, options: IndexOptions): Promise<ImageIndex> {
  if ('drawn' in data) return indexDrawn(data.drawn);
  configureSharp();
  return 'folder' in data ? indexOneFolder(data, options) : indexSplitFolders(data, options);
}

async function indexSplitFolders(data: SplitFolders & FolderData, options: IndexOptions): Promise<ImageIndex> {
  const folders = {
    train: data.train,
    validation: data.validation,
    ...(data.test === undefined ? {} : { test: data.test }),
  };
  const names = SPLITS.filter((split) => split in folders);
  const scans: Scan[] = [];
  for (const split of names)
    scans.push(await scanClassFolders(resolve(options.directory, folders[split] as string), `data.${split}`));
  const train = scans[0] as Scan;
  checkDistinctRoots(
    scans.map((scan) => scan.root),
    names,
  );
  checkClasses(train.classes, train.root);
  scans.forEach((scan, i) => checkSameClasses(train.classes, scan.classes, names[i] as Split));

  const inspected = await inspectAll(scans, options);
  const corrupt = inspected.flatMap((one) => one.corrupt);
  const skipped = [...scans.flatMap((scan) => scan.skipped), ...corrupt];
  checkCorrupt(corrupt, count(inspected), data.maxCorruptShare ?? DEFAULT_MAX_CORRUPT_SHARE);
  inspected.forEach(({ images }, i) => checkNoEmptyClass(train.classes, images, `data.${names[i]}`, skipped));
  const imagesOf = (split: Split): readonly FoundImage[] => inspected[names.indexOf(split)]?.images ?? [];
  const splits = { train: imagesOf('train'), validation: imagesOf('validation'), test: imagesOf('test') };
  const rootOf = (split: Split): string => scans[names.indexOf(split)]?.root ?? '';
  const roots = { train: rootOf('train'), validation: rootOf('validation'), test: rootOf('test') };
  return finish(train.classes, splits, roots, skipped, warningsOf(splits, corrupt));
}

async function indexOneFolder(data: OneFolder & FolderData, options: IndexOptions): Promise<ImageIndex> {
  const scan = await scanClassFolders(resolve(options.directory, data.folder), 'data.folder');
  checkClasses(scan.classes, scan.root);
  const [{ images, corrupt }] = (await inspectAll([scan], options)) as [Inspected];
  const skipped = [...scan.skipped, ...corrupt];
  checkCorrupt(corrupt, images.length, data.maxCorruptShare ?? DEFAULT_MAX_CORRUPT_SHARE);
  checkNoEmptyClass(scan.classes, images, 'data.folder', skipped);
  const shares = { validation: data.validationSplit, test: data.testSplit ?? 0 };
  const { splits, warnings } = stratifiedSplit(images, shares, options.seed);
  const roots = { train: scan.root, validation: scan.root, test: shares.test > 0 ? scan.root : '' };
  return finish(scan.classes, splits, roots, skipped, [...warnings, ...warningsOf(splits, corrupt)]);
}

async function inspectAll(scans: readonly Scan[], options: IndexOptions): Promise<Inspected[]> {
  const cache = await InspectionCache.open(options.cacheFile);
  const total = scans.reduce((sum, scan) => sum + scan.files.length, 0);
  let done = 0;
  const results: Inspected[] = [];
  for (const { root, files } of scans) {
    const images: FoundImage[] = [];
    const corrupt: SkippedFile[] = [];
    const inspections = await concurrently(files, 2 * availableParallelism(), async ({ file }) => {
      const inspection = await cache.inspect(resolve(root, file));
      options.onProgress?.(++done, total);
      return inspection;
    });
    files.forEach(({ file, className }, i) => {
      const path = resolve(root, file);
      const inspection = inspections[i] as (typeof inspections)[number];
      if (!inspection.readable) corrupt.push({ file: path, reason: inspection.reason });
      else images.push({ file, path, className, digest: inspection.digest, thumbnail: inspection.thumbnail });
    });
    results.push({ images, corrupt });
  }
  await cache.save();
  return results;
}

function finish(
  classes: readonly string[],
  images: Readonly<Record<Split, readonly FoundImage[]>>,
  roots: Readonly<Record<Split, string>>,
  skipped: readonly SkippedFile[],
  warnings: readonly string[],
): ImageIndex {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const entriesOf = (split: Split): ImageEntry[] =>
    images[split]
      .map(({ file, className, digest }) => ({ file, label: labels.get(className) as number, digest }))
      .sort((a, b) => byCodeUnit(a.file, b.file));
  const splits = { train: entriesOf('train'), validation: entriesOf('validation'), test: entriesOf('test') };
  return { classes, splits, origin: { type: 'folders', roots }, skipped, warnings, digest: digestOf(classes, splits) };
}

function count(inspected: readonly Inspected[]): number {
  return inspected.reduce((sum, { images }) => sum + images.length, 0);
}
