// Opens every listed image once, a few at a time, remembered ones not at all.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { mapConcurrently } from '../../system/concurrent.js';
import { must } from '../../system/must.js';
import type { FoundImage, LikenessRule } from './look-alikes.js';
import type { SkippedFile } from './image-index.js';
import { type Inspection, InspectionCache, NO_SUCH_FILE } from './inspection-cache.js';

export interface InspectionOptions {
  /** A file that remembers what was found in unchanged images, for the next time. */
  readonly cacheFile?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Of look-alikes. A cache file holds thumbnails of one rule. Default: the newest. */
  readonly rule?: LikenessRule;
}

/** A file that may be an image. */
export interface ListedImage extends Omit<FoundImage, 'digest' | 'thumbnail' | 'taken'> {
  /** Other names that the file may have, tried in order where there is none of this name. */
  readonly others?: readonly string[];
}

export interface InspectedImages {
  /** The readable images, in the order of the list. */
  readonly images: readonly FoundImage[];
  /** The listed images that cannot be decoded or are not there. */
  readonly corrupt: readonly (ListedImage & { readonly reason: string })[];
  readonly warnings: readonly string[];
}

/** Never rejects because of a file. */
export async function inspectImages(
  listed: readonly ListedImage[],
  { cacheFile, onProgress, signal, rule }: InspectionOptions,
): Promise<InspectedImages> {
  const cache = await InspectionCache.open(cacheFile, rule);
  let done = 0;
  let inspected: Awaited<ReturnType<typeof inspectOne>>[];
  try {
    inspected = await mapConcurrently(listed, 2 * availableParallelism(), async (image) => {
      signal?.throwIfAborted();
      const found = await inspectOne(cache, image);
      onProgress?.(++done, listed.length);
      return found;
    });
  } catch (error) {
    await cache.save({ isComplete: false });
    throw error;
  }
  const warning = await cache.save();
  const images: FoundImage[] = [];
  const corrupt: InspectedImages['corrupt'][number][] = [];
  inspected.forEach(({ file, inspection }, i) => {
    const { others: _, ...image } = { ...must(listed[i], 'a listed image'), file };
    if (inspection.readable) {
      const { readable: __, ...content } = inspection;
      images.push({ ...image, ...content });
    } else corrupt.push({ ...image, reason: inspection.reason });
  });
  return { images, corrupt, warnings: warning === undefined ? [] : [warning] };
}

async function inspectOne(
  cache: InspectionCache,
  { root, file, others = [] }: ListedImage,
): Promise<{ file: string; inspection: Inspection }> {
  for (const name of [file, ...others]) {
    const inspection = await cache.inspect(resolve(root, name));
    if (inspection.readable || inspection.reason !== NO_SUCH_FILE) return { file: name, inspection };
  }
  return { file, inspection: { readable: false, reason: NO_SUCH_FILE } };
}

/** As a list of files that are not used names it. */
export function skippedFile({ root, file, reason }: ListedImage & { readonly reason: string }): SkippedFile {
  return { file: resolve(root, file), reason };
}
