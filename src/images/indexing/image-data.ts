// Where the images of a study are, as study.json says it.
import type { DrawnData, DrawnTarget } from '../drawn/drawn-data.js';
import type { SeveralLabels } from '../tables/label-cells.js';
import type { NamedColumns } from '../tables/table-columns.js';
import type { InspectionOptions } from './inspect-images.js';

/** Three folders, each with one folder of images per class. */
export interface SplitFolders {
  readonly train: string;
  readonly validation: string;
  /** Looked at once, for the final model. */
  readonly test?: string | undefined;
}

export interface SplitOptions {
  /** Share of each class held out for validation, in (0, 1). */
  readonly validationSplit: number;
  /** Share of each class held out for the test, in [0, 1). */
  readonly testSplit?: number | undefined;
}

/** One folder with one folder of images per class, split by seed: stratified, near-identical images kept together. */
export interface OneFolder extends SplitOptions {
  readonly folder: string;
}

/** A table with a row for each image. The options of the split are for rows that have none. */
export interface TableData extends SplitOptions {
  readonly table: string;
  /** Where the table's paths begin. Default: the table's own folder. */
  readonly images?: string | undefined;
  readonly columns?: NamedColumns | undefined;
  /** How the table gives several labels of an image. Undefined: each has one. */
  readonly labels?: SeveralLabels | undefined;
}

/** Share of unreadable images above which indexing fails. */
export const DEFAULT_MAX_CORRUPT_SHARE = 0.05;

/** Folders with images of another domain: where the model will be used. */
export interface TargetFolders {
  /** Images at any depth. No label is read of them. */
  readonly unlabelled?: string | undefined;
  /** With one folder of images per class: trials are also evaluated on these. */
  readonly validation?: string | undefined;
  /** The same, looked at once, for the final model. */
  readonly test?: string | undefined;
}

export interface FileData {
  readonly target?: TargetFolders | undefined;
  /** A regular expression (RE2) on paths: what it captures names the image's group. No group is in two splits. */
  readonly groupBy?: string | undefined;
  /** In [0, 1]; default 0.05. */
  readonly maxCorruptShare?: number | undefined;
}

export type ImageData =
  | ((SplitFolders | OneFolder | TableData) & FileData)
  | { readonly drawn: DrawnData; readonly target?: DrawnTarget | undefined };

/** Into how many folds images are divided, and how often anew. */
export interface FoldOptions {
  readonly folds: number;
  readonly repeats: number;
}

export interface IndexOptions extends InspectionOptions {
  /** Relative folders are relative to this one: the study file's. */
  readonly directory: string;
  /** Of the study; decides the split of one folder. */
  readonly seed: number;
  /** Training and validation images are pooled then, and divided into folds. */
  readonly folds?: FoldOptions | undefined;
}
