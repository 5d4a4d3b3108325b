// Adds the images of another domain to the index of a study: a folder without labels, and folders of classes to judge by.
import { resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { counted } from '../../system/format.js';
import { checkCorrupt, skippedLines } from './checks.js';
import { DEFAULT_MAX_CORRUPT_SHARE, type FileData, type IndexOptions, type TargetFolders } from './image-data.js';
import {
  type ImageEntry,
  type ImageIndex,
  NO_LABEL,
  type SkippedFile,
  TARGET_SPLITS,
  type TargetSplit,
  byCodeUnit,
  withTarget,
} from './image-index.js';
import { inspectImages, skippedFile } from './inspect-images.js';
import { scanClassFolders, scanFolder } from './scan.js';

/** The field of each split. */
const FIELDS = { targetUnlabelled: 'unlabelled', targetValidation: 'validation', targetTest: 'test' } as const;

/**
 * Every image is decoded once; corrupt ones are named and left out.
 * @throws HpoError ERR_DATA where a folder is missing or empty, holds classes that the training images lack, or has more corrupt files than
 * tolerated.
 */
export async function addTarget(
  index: ImageIndex,
  folders: TargetFolders,
  { maxCorruptShare = DEFAULT_MAX_CORRUPT_SHARE }: Pick<FileData, 'maxCorruptShare'>,
  options: IndexOptions,
): Promise<ImageIndex> {
  const found: { split: TargetSplit; root: string; entries: ImageEntry[] }[] = [];
  const skipped: SkippedFile[] = [];
  const warnings: string[] = [];
  for (const split of TARGET_SPLITS) {
    const folder = folders[FIELDS[split]];
    if (folder === undefined) continue;
    const place = `data.target.${FIELDS[split]}`;
    const root = resolve(options.directory, folder);
    const scan = split === 'targetUnlabelled' ? await unlabelled(root, place) : await labelled(root, place, index);
    const inspected = await inspectImages(
      scan.files.map(({ file, className }) => ({ root, file, className })),
      { ...options, ...ownCache(options, split) },
    );
    const corrupt = inspected.corrupt.map(skippedFile);
    checkCorrupt(corrupt, inspected.images.length, maxCorruptShare);
    if (inspected.images.length === 0) throw new HpoError('ERR_DATA', `expected images at ${place}, got none: ${root}`);
    const entries = inspected.images.map(({ file, digest, className }): ImageEntry => {
      return { file, digest, label: split === 'targetUnlabelled' ? NO_LABEL : index.classes.indexOf(className) };
    });
    entries.sort((a, b) => byCodeUnit(a.file, b.file));
    found.push({ split, root, entries });
    skipped.push(...scan.skipped, ...corrupt);
    warnings.push(...inspected.warnings, ...missingClasses(index, split, entries));
  }
  const bySplit = <T>(value: (one: (typeof found)[number]) => T, none: T): Record<TargetSplit, T> => {
    const of = (split: TargetSplit): T => {
      const one = found.find((other) => other.split === split);
      return one === undefined ? none : value(one);
    };
    return {
      targetUnlabelled: of('targetUnlabelled'),
      targetValidation: of('targetValidation'),
      targetTest: of('targetTest'),
    };
  };
  const splits = bySplit<readonly ImageEntry[]>(({ entries }) => entries, []);
  const target = { splits, origin: { type: 'folders', roots: bySplit(({ root }) => root, '') } } as const;
  return {
    ...withTarget(index, target),
    skipped: [...index.skipped, ...skipped],
    warnings: [...index.warnings, ...warnings, ...skippedLines(skipped), ...repeatedImages(index, splits)],
  };
}

interface TargetScan {
  readonly files: readonly { readonly file: string; readonly className: string }[];
  readonly skipped: readonly SkippedFile[];
}

/** Names of folders are no labels here. */
async function unlabelled(root: string, place: string): Promise<TargetScan> {
  const { files, skipped } = await scanFolder(root, place);
  return { files: files.map((file) => ({ file, className: '' })), skipped };
}

async function labelled(root: string, place: string, { classes, task }: ImageIndex): Promise<TargetScan> {
  if (task === 'multilabel') {
    throw new HpoError(
      'ERR_DATA',
      `expected no folder at ${place}, since each image of the study has several labels, got ${root}`,
    );
  }
  const scan = await scanClassFolders(root, place);
  const extra = scan.classes.filter((name) => !classes.includes(name));
  if (extra.length === 0) return scan;
  throw new HpoError(
    'ERR_DATA',
    `expected class folders among those of the training images (${classes.join(', ')}) in ${place}, got '${extra.join("', '")}'`,
  );
}

/** A cache file of its own: one holds what was asked for last. */
function ownCache({ cacheFile }: IndexOptions, split: TargetSplit): Pick<IndexOptions, 'cacheFile'> {
  return cacheFile === undefined ? {} : { cacheFile: cacheFile.replace(/(\.json)?$/, `.${split}.json`) };
}

function missingClasses({ classes }: ImageIndex, split: TargetSplit, entries: readonly ImageEntry[]): string[] {
  if (split === 'targetUnlabelled') return [];
  const missing = classes.filter((_, label) => !entries.some((entry) => entry.label === label));
  if (missing.length === 0) return [];
  const names = missing.slice(0, 5).join(', ');
  return [
    `data.target.${FIELDS[split]} has no image of ${counted(missing.length, 'class', 'classes')} (${names}): its scores are of the others`,
  ];
}

/** Images that judge a model and that it was trained on. */
function repeatedImages(
  { splits }: ImageIndex,
  target: Readonly<Record<TargetSplit, readonly ImageEntry[]>>,
): string[] {
  const seen = new Set([...splits.train, ...target.targetUnlabelled].map(({ digest }) => digest));
  return (['targetValidation', 'targetTest'] as const).flatMap((split) => {
    const again = target[split].filter(({ digest }) => seen.has(digest)).length;
    if (again === 0) return [];
    return [
      `${counted(again, 'image')} of data.target.${FIELDS[split]} ${again === 1 ? 'is' : 'are'} also trained on or adapted to: the target scores will be too optimistic`,
    ];
  });
}
