// The index of a study's images: which classes, which images in which split. Plain JSON, the same on every machine.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { OfTask } from '../../study/task.js';
import { must } from '../../system/must.js';
import { type Drawing, type DrawnOrigin, drawingOf } from '../drawn/drawn-data.js';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Images of another domain, where the model will be used: without labels, to choose by, and for the one test. */
export const TARGET_SPLITS = ['targetUnlabelled', 'targetValidation', 'targetTest'] as const;
export type TargetSplit = (typeof TARGET_SPLITS)[number];
export type AnySplit = Split | TargetSplit;

const WORDS: Readonly<Record<AnySplit, string>> = {
  train: 'training',
  validation: 'validation',
  test: 'test',
  targetUnlabelled: 'unlabelled target',
  targetValidation: 'target validation',
  targetTest: 'target test',
};

/** How a sentence calls the images of a split: 'target validation' images. */
export function splitWords(split: AnySplit): string {
  return WORDS[split];
}

/** The label of an image of which none is known. */
export const NO_LABEL = -1;

export interface ImageEntry {
  /** The path below the split's root, with forward slashes; for a drawn image `class/instance`. */
  readonly file: string;
  /** An index of `classes`; of an image with several labels theirs, in order. NO_LABEL where none is known. */
  readonly label: number | readonly number[];
  /** SHA-256 of the file's bytes, its first 32 hexadecimal digits; for a drawn image, of what identifies it. */
  readonly digest: string;
  /** Of a training image in the loss, where a table has a column for it; at least 0. */
  readonly weight?: number;
}

export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

/** Where the entries' files lie. */
export type ImageOrigin = { readonly type: 'folders'; readonly roots: Readonly<Record<Split, string>> } | DrawnOrigin;

/** Images of the target domain (Ganin et al. 2016); each list sorted by file, empty where there is none. */
export interface TargetImages {
  readonly splits: Readonly<Record<TargetSplit, readonly ImageEntry[]>>;
  readonly origin: TargetOrigin;
}

export type TargetOrigin =
  { readonly type: 'folders'; readonly roots: Readonly<Record<TargetSplit, string>> } | DrawnOrigin;

export interface ImageIndex extends OfTask {
  /** Sorted by code unit; labels index them. At least two. */
  readonly classes: readonly string[];
  /** Each sorted by file; `test` is empty where there is none. */
  readonly splits: Readonly<Record<Split, readonly ImageEntry[]>>;
  readonly origin: ImageOrigin;
  /** Missing where the study has no other domain. */
  readonly target?: TargetImages;
  /** Files that are no image or cannot be decoded. */
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** How the images were found, where that is worth a line: a sentence each. */
  readonly facts?: readonly string[];
  /**
   * Where images are divided into folds: for each repeat the part of each image of `splits.train`, counted from 0. All images outside of
   * the test are there then, and none is for validation alone.
   */
  readonly folds?: readonly (readonly number[])[];
  /** Of classes, splits and folds: equal digests mean the same images under the same labels, wherever they lie. */
  readonly digest: string;
}

/** Where one image's pixels come from. Plain data. */
export type ImageSource = { readonly type: 'file'; readonly path: string } | Drawing;

/** The classes of an image: one, or those of its labels. */
export function labelsOf({ label }: Pick<ImageEntry, 'label'>): readonly number[] {
  return typeof label === 'number' ? [label] : label;
}

/** The one class of an image. @throws TypeError where images have several labels. */
export function classOf({ file, label }: Pick<ImageEntry, 'file' | 'label'>): number {
  if (typeof label === 'number') return label;
  throw new TypeError(`expected one class, got ${label.length} labels of ${file}`);
}

export function isTargetSplit(split: AnySplit): split is TargetSplit {
  return TARGET_SPLITS.some((one) => one === split);
}

/** The images of a split. */
export function entriesOf(
  { splits, target }: Pick<ImageIndex, 'splits' | 'target'>,
  split: AnySplit,
): readonly ImageEntry[] {
  return isTargetSplit(split) ? (target?.splits[split] ?? []) : splits[split];
}

/** The source of an entry of this split. */
export function sourceOf({ origin, target }: ImageIndex, split: AnySplit, entry: ImageEntry): ImageSource {
  if (!isTargetSplit(split)) return sourceIn(origin, origin.type === 'folders' ? origin.roots[split] : '', entry);
  const from = must(target, 'images of the target').origin;
  return sourceIn(from, from.type === 'folders' ? from.roots[split] : '', entry);
}

function sourceIn(origin: ImageOrigin | TargetOrigin, root: string, { file }: ImageEntry): ImageSource {
  return origin.type === 'drawn' ? drawingOf(origin, file) : { type: 'file', path: join(root, file) };
}

/** How a message calls the image. */
export function nameOf(source: ImageSource): string {
  return source.type === 'file' ? source.path : `drawn image ${source.family}/${source.classIndex}/${source.instance}`;
}

/** The digest of classes, splits and folds. */
export function digestOf(
  classes: readonly string[],
  splits: ImageIndex['splits'],
  folds?: ImageIndex['folds'],
): string {
  const hash = createHash('sha256').update(JSON.stringify(classes));
  for (const split of SPLITS) {
    hash.update(`\n${split}`);
    for (const { file, label, digest, weight } of splits[split]) {
      // Without weights as in earlier versions: a study begun then goes on.
      hash.update(`\n${JSON.stringify(weight === undefined ? [file, label, digest] : [file, label, digest, weight])}`);
    }
  }
  if (folds !== undefined) hash.update(`\nfolds${JSON.stringify(folds)}`);
  return shortHex(hash.digest('hex'));
}

/** The index with images of another domain. Its digest then tells of them, too. */
export function withTarget(index: ImageIndex, target: TargetImages): ImageIndex {
  const hash = createHash('sha256').update(index.digest);
  for (const split of TARGET_SPLITS) {
    hash.update(`\n${split}`);
    for (const { file, label, digest } of target.splits[split]) {
      hash.update(`\n${JSON.stringify([file, label, digest])}`);
    }
  }
  return { ...index, target, digest: shortHex(hash.digest('hex')) };
}

/** The first 128 bits of a hexadecimal digest. */
export function shortHex(hex: string): string {
  return hex.slice(0, 32);
}

/** Order by UTF-16 code unit: the same on every machine, whatever its locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
