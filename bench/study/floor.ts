// The least that a study could take: every distinct image and view once through the frozen part, and what was trained.
import type { StudyWork } from './work.js';
import type { Rates } from './rates.js';

export interface Floor {
  /** Seconds of processor. */
  readonly prefix: number;
  readonly training: number;
  readonly evaluation: number;
  readonly total: number;
}

export interface ImageCounts {
  readonly train: number;
  readonly validation: number;
}

/** At the rates of one thread. Decoding, augmentation, files and everything else count as nothing. */
export async function floorOf(work: StudyWork, images: ImageCounts, rates: Rates): Promise<Floor> {
  let prefix = images.validation * (await rates.forward(work.validationDepth));
  for (const { depth } of work.views) prefix += images.train * (await rates.forward(depth));
  let training = 0;
  let evaluation = 0;
  for (const { depth, batchSize, epochs } of work.trained) {
    const full = Math.floor(images.train / batchSize);
    const rest = images.train % batchSize;
    const epoch = full * (await rates.step(depth, batchSize)) + (rest === 0 ? 0 : await rates.step(depth, rest));
    training += epochs * epoch;
    evaluation += epochs * images.validation * (await rates.evaluation(depth, images.validation));
  }
  return { prefix, training, evaluation, total: prefix + training + evaluation };
}
