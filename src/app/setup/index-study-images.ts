// The images of a study: indexed, with progress where that takes a while and a cache for the next time.
import { recordedLabels } from '../../study/validation-labels.js';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FoldsRecord, ImagesRecord } from '../../study/events.js';
import type { DataConfiguration } from '../../study/schema/study-schema.js';
import type { FoldOptions } from '../../images/indexing/image-data.js';
import {
  type ImageIndex,
  type Split,
  type TargetImages,
  classOf,
  labelsOf,
} from '../../images/indexing/image-index.js';
import { type LikenessRule, NEWEST_RULE } from '../../images/indexing/look-alikes.js';
import { indexImages } from '../../images/indexing/index-images.js';
import type { Messages } from '../messages.js';
import { HpoError } from '../../study/errors.js';
import { shortPath } from '../../system/short-path.js';
import { must } from '../../system/must.js';
import { cacheFolder } from '../../system/cache-folder.js';

const PROGRESS_EVERY_MS = 2000;
const [LISTING, LOOKING] = ['listing image files', 'looking at images'] as const;

export interface StudyImagesOptions extends Pick<Messages, 'onProgress' | 'onPhase'> {
  readonly data: DataConfiguration;
  /** Relative folders are relative to this one. */
  readonly directory: string;
  readonly seed: number;
  /** Where trials are trained in folds. */
  readonly validation?: FoldOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The digest that a study began with. One of an earlier version keeps the split that it made then. */
  readonly known?: string | undefined;
}

/** @throws HpoError ERR_DATA with what to do about it. */
export async function indexStudyImages(options: StudyImagesOptions): Promise<ImageIndex> {
  const { data, known } = options;
  const index = await indexByRule(options, NEWEST_RULE);
  const isSplitHere = 'folder' in data || 'table' in data;
  if (known === undefined || known === index.digest || !isSplitHere) return index;
  const before = await indexByRule(options, 1);
  return before.digest === known ? before : index;
}

function indexByRule(options: StudyImagesOptions, rule: LikenessRule): Promise<ImageIndex> {
  const { data, directory, seed, validation, signal, onProgress, onPhase } = options;
  onPhase?.({ name: LISTING });
  const key = createHash('sha256')
    .update(JSON.stringify([directory, { ...data, slices: undefined }, ...(rule === NEWEST_RULE ? [] : [rule])]))
    .digest('hex')
    .slice(0, 16);
  let said = performance.now();
  return indexImages(data, {
    directory,
    seed,
    folds: validation && { folds: validation.folds, repeats: validation.repeats },
    signal,
    rule,
    cacheFile: join(cacheFolder(), 'images', `${key}.json`),
    onProgress(done, total) {
      onPhase?.({ name: LOOKING, done, total });
      if (onPhase !== undefined || performance.now() - said < PROGRESS_EVERY_MS) return;
      said = performance.now();
      onProgress?.(`${LOOKING}: ${done} of ${total}`);
    },
  }).catch((error: unknown) => {
    throw withAdvice(error, data, directory);
  });
}

/** Where a folder of a study is missing: what to do, and the page beside the study that says where its images come from. */
function withAdvice(error: unknown, data: DataConfiguration, directory: string): unknown {
  if (!(error instanceof HpoError) || error.code !== 'ERR_DATA' || 'drawn' in data) return error;
  const folders = 'folder' in data ? [data.folder] : 'train' in data ? [data.train, data.validation] : [];
  const missing = folders.find((folder) => !existsSync(resolve(directory, folder)));
  if (missing === undefined) return error;
  const page = join(directory, 'README.md');
  const how = existsSync(page) ? `${shortPath(page)} says how to get the images` : 'Put the images there';
  const where = `or change the study: its paths begin at ${shortPath(directory)}`;
  return new HpoError('ERR_DATA', `${error.message}. ${how}; ${where}`, { cause: error });
}

/** What the journal remembers of them. */
export function imagesRecord({ digest, classes, splits, task, target, folds }: ImageIndex): ImagesRecord {
  const countsOf = (split: Split): number[] => {
    const counts = classes.map(() => 0);
    for (const entry of splits[split]) for (const label of labelsOf(entry)) counts[label] = (counts[label] ?? 0) + 1;
    return counts;
  };
  const sizes = { train: splits.train.length, validation: splits.validation.length, test: splits.test.length };
  return {
    digest,
    classes,
    counts: { train: countsOf('train'), validation: countsOf('validation'), test: countsOf('test') },
    ...(task === 'multilabel' ? {} : recordedLabels(splits.validation.map(classOf))),
    ...(task === undefined ? {} : { task, sizes }),
    ...(target === undefined ? {} : { target: targetCounts(target) }),
    ...(folds === undefined ? {} : { folds: foldsRecord(folds, splits.train, classes.length) }),
  };
}

function targetCounts({ splits }: TargetImages): NonNullable<ImagesRecord['target']> {
  const { targetUnlabelled: unlabelled, targetValidation: validation, targetTest: test } = splits;
  return { unlabelled: unlabelled.length, validation: validation.length, test: test.length };
}

function foldsRecord(
  repeats: NonNullable<ImageIndex['folds']>,
  images: ImageIndex['splits']['train'],
  classes: number,
): FoldsRecord {
  const folds = 1 + repeats.flat().reduce((most, part) => Math.max(most, part), 0);
  const counts = Array.from({ length: folds * repeats.length }, () => Array.from({ length: classes }, () => 0));
  repeats.forEach((parts, repeat) => {
    images.forEach((image, i) => {
      const row = must(counts[repeat * folds + must(parts[i], 'a part')], 'a fold');
      for (const label of labelsOf(image)) row[label] = (row[label] ?? 0) + 1;
    });
  });
  return { folds, counts };
}
