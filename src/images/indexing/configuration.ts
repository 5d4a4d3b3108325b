// What the data of a study can be: a folder per split, one folder to be split, or images that the program draws.
import type { DrawnData } from '../drawn/drawn-data.js';

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
