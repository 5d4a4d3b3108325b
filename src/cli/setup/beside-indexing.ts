// Images are indexed while something else is found out: the one waits for files, the other for child processes.
import type { ImageIndex } from '../../images/indexing/image-index.js';
import type { Outlet } from '../terminal.js';
import { type StudyImagesOptions, indexStudyImages } from './index-study-images.js';

export interface Meanwhile {
  /** Aborted where the images cannot be used. */
  readonly signal: AbortSignal;
  /** Resolves when nothing else goes on, the indexing above all: whoever measures time wants the machine for itself. */
  readonly quiet: () => Promise<void>;
}

/**
 * Indexes images, and does other work at the same time. An error of either tells the other to end, and is thrown when it has.
 * @throws HpoError ERR_DATA, and whatever `work` throws.
 */
export async function besideIndexing<T>(
  images: StudyImagesOptions,
  progress: Outlet,
  work: (meanwhile: Meanwhile) => Promise<T>,
): Promise<readonly [ImageIndex, T]> {
  const failing = new AbortController();
  const { signal } = failing;
  const indexing = indexStudyImages({ ...images, signal }, progress);
  const quiet = async (): Promise<void> => {
    await indexing;
    signal.throwIfAborted();
  };
  const working = work({ signal, quiet });
  try {
    return await Promise.all([indexing, working]);
  } catch (error) {
    failing.abort(error);
    await Promise.allSettled([indexing, working]);
    throw error;
  }
}
