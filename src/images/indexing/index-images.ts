// Makes the index of a study's images: from a folder per split, from one folder to be split, or from drawn images.
import type { DrawnData } from '../drawn/drawn-data.js';
import { resolve } from 'node:path';
import { checkClasses, checkDistinctRoots, checkNoEmptyClass, checkSameClasses, warningsOf } from './checks.js';
import { configureSharp } from '../pixels.js';
import type { FoundImage } from './look-alikes.js';
import { type ImageEntry, type ImageIndex, SPLITS, type Split, byCodeUnit, digestOf } from './image-index.js';
import { indexDrawn } from './index-drawn.js';
import { type InspectedFolders, type InspectionOptions, inspectFolders } from './inspect-folders.js';
import { type Scan, scanClassFolders } from './scan.js';
import { stratifiedSplit } from './stratified-split.js';
import { debugOf } from '../../system/debug.js';

const debug = debugOf('images');

/** Three folders, each with one folder of images per class. */
export interface SplitFolders {
  readonly train: string;
  readonly validation: string;
  /** Looked at once, for the final model. */
  readonly test?: string | undefined;
}

/** One folder with one folder of images per class, split by seed: stratified, near-identical images kept together. */
export interface OneFolder {
  readonly folder: string;
  /** Share of each class held out for validation, in (0, 1). */
  readonly validationSplit: number;
  /** Share of each class held out for the test, in [0, 1). */
  readonly testSplit?: number | undefined;
}

/** Share of unreadable images above which indexing fails. */
export const DEFAULT_MAX_CORRUPT_SHARE = 0.05;

export interface FolderData {
  /** In [0, 1]; default 0.05. */
  readonly maxCorruptShare?: number | undefined;
}

export type ImageData = ((SplitFolders | OneFolder) & FolderData) | { readonly drawn: DrawnData };

export interface IndexOptions extends InspectionOptions {
  /** Relative folders are relative to this one: the study file's. */
  readonly directory: string;
  /** Of the study; decides the split of one folder. */
  readonly seed: number;
}

type BySplit<T> = Readonly<Record<Split, T>>;

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

  const inspected = await inspectFolders(scans, data.maxCorruptShare ?? DEFAULT_MAX_CORRUPT_SHARE, options);
  inspected.images.forEach((images, i) => {
    checkNoEmptyClass(classes, images, `data.${names[i]}`, inspected.skipped);
  });
  const bySplit = <T>(values: readonly T[], none: T): BySplit<T> => {
    const of = (split: Split): T => values[names.indexOf(split)] ?? none;
    return { train: of('train'), validation: of('validation'), test: of('test') };
  };
  return finish({ classes, folders }, bySplit(inspected.images, []), bySplit(roots, ''), inspected);
}

async function indexOneFolder(data: OneFolder & FolderData, options: IndexOptions): Promise<ImageIndex> {
  const scan = await scanClassFolders(resolve(options.directory, data.folder), 'data.folder');
  const { classes, folders, root } = scan;
  checkClasses(classes, root);
  const inspected = await inspectFolders([scan], data.maxCorruptShare ?? DEFAULT_MAX_CORRUPT_SHARE, options);
  const images = inspected.images.flat();
  checkNoEmptyClass(classes, images, 'data.folder', inspected.skipped);
  const shares = { validation: data.validationSplit, test: data.testSplit ?? 0 };
  const { splits, warnings } = stratifiedSplit(images, shares, options.seed);
  const roots = { train: root, validation: root, test: shares.test > 0 ? root : '' };
  return finish({ classes, folders }, splits, roots, { ...inspected, warnings: [...inspected.warnings, ...warnings] });
}

function finish(
  { classes, folders }: Pick<Scan, 'classes' | 'folders'>,
  images: BySplit<readonly FoundImage[]>,
  roots: BySplit<string>,
  { skipped, warnings }: InspectedFolders,
): ImageIndex {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const entriesOf = (split: Split): ImageEntry[] =>
    images[split]
      .map(({ file, className, digest }) => ({ file, label: labels.get(className) as number, digest }))
      .sort((a, b) => byCodeUnit(a.file, b.file));
  const splits = { train: entriesOf('train'), validation: entriesOf('validation'), test: entriesOf('test') };
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
    // Of the folders' own spelling, as in earlier versions: a study begun then goes on.
    digest: digestOf(folders, splits),
  };
}
