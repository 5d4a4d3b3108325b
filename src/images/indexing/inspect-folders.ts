// Opens every image of the scanned folders once, a few at a time, remembered ones not at all.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import pLimit from 'p-limit';
import { checkCorrupt } from './checks.js';
import type { FoundImage } from './look-alikes.js';
import type { SkippedFile } from './image-index.js';
import { InspectionCache } from './inspection-cache.js';
import type { Scan } from './scan.js';

export interface InspectionOptions {
  /** A file that remembers what was found in unchanged images, for the next time. */
  readonly cacheFile?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface InspectedFolders {
  /** The readable images of each scan. */
  readonly images: readonly (readonly FoundImage[])[];
  readonly corrupt: readonly SkippedFile[];
  /** Corrupt files, and files outside of classes or of other formats. */
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
}

/** @throws HpoError ERR_DATA where more than `maxCorruptShare` of all images cannot be decoded. */
export async function inspectFolders(
  scans: readonly Scan[],
  maxCorruptShare: number,
  { cacheFile, onProgress, signal }: InspectionOptions,
): Promise<InspectedFolders> {
  const cache = await InspectionCache.open(cacheFile);
  const total = scans.reduce((sum, scan) => sum + scan.files.length, 0);
  let done = 0;
  const images: FoundImage[][] = [];
  const corrupt: SkippedFile[] = [];
  for (const { root, files } of scans) {
    const readable: FoundImage[] = [];
    const limit = pLimit(2 * availableParallelism());
    const inspections = files.map(({ file, className }) =>
      limit(async () => {
        signal?.throwIfAborted();
        const path = resolve(root, file);
        const inspection = await cache.inspect(path);
        onProgress?.(++done, total);
        return { file, className, path, inspection };
      }),
    );
    // After an error or an abort no further file is begun.
    const inspected = await Promise.all(inspections).finally(() => limit.clearQueue());
    for (const { file, className, path, inspection } of inspected) {
      if (!inspection.readable) corrupt.push({ file: path, reason: inspection.reason });
      else readable.push({ file, path, className, digest: inspection.digest, thumbnail: inspection.thumbnail });
    }
    images.push(readable);
  }
  const warning = await cache.save();
  checkCorrupt(corrupt, total - corrupt.length, maxCorruptShare);
  const skipped = [...scans.flatMap((scan) => scan.skipped), ...corrupt];
  return { images, corrupt, skipped, warnings: warning === undefined ? [] : [warning] };
}
