// The least that a study could take: every distinct image and view once through the frozen part, and what was trained.
import type { StudyWork, TrainedEpoch } from './work.js';
import type { Rates } from './rates.js';

export interface Floor {
  /** Seconds of processor. */
  readonly prefix: number;
  readonly training: number;
  readonly evaluation: number;
  readonly total: number;
  /**
   * Seconds until the last trial ends where a trial has one core, and the next one takes the slot that is free first. Slots share the frozen
   * part evenly, as they can: images are anybody's to take up.
   */
  readonly placed: number;
}

export interface ImageCounts {
  readonly train: number;
  readonly validation: number;
}

/** At the rates of one thread. Decoding, augmentation, files and everything else count as nothing. */
export async function floorOf(work: StudyWork, images: ImageCounts, slots: number, rates: Rates): Promise<Floor> {
  const sums = { prefix: 0, training: 0, evaluation: 0 };
  const frozen = new FrozenPart(images, rates);
  const busyUntil = new Array<number>(slots).fill(0);
  for (const epochs of work.trained) {
    let seconds = 0;
    for (const epoch of epochs) {
      const needed = {
        prefix: await frozen.secondsFor(epoch),
        training: await trainingSeconds(epoch, images, rates),
        evaluation: images.validation * (await rates.evaluation(epoch.depth, images.validation)),
      };
      for (const kind of ['prefix', 'training', 'evaluation'] as const) sums[kind] += needed[kind];
      seconds += needed.training + needed.evaluation;
    }
    const free = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[free] = (busyUntil[free] as number) + seconds;
  }
  const total = sums.prefix + sums.training + sums.evaluation;
  return { ...sums, total, placed: sums.prefix / slots + Math.max(...busyUntil) };
}

/** Whoever needs a view first takes its images up; who needs them further up goes on from there. */
class FrozenPart {
  /** Seconds for an image, by view. */
  private readonly done = new Map<string, number>();

  constructor(
    private readonly images: ImageCounts,
    private readonly rates: Rates,
  ) {}

  async secondsFor({ view, depth }: TrainedEpoch): Promise<number> {
    const forward = await this.rates.forward(depth);
    const { train, validation } = this.images;
    return train * this.left(`train ${view}`, forward) + validation * this.left('validation', forward);
  }

  private left(view: string, forward: number): number {
    const done = this.done.get(view) ?? 0;
    this.done.set(view, Math.max(done, forward));
    return Math.max(0, forward - done);
  }
}

async function trainingSeconds(
  { depth, batchSize }: TrainedEpoch,
  { train }: ImageCounts,
  rates: Rates,
): Promise<number> {
  const full = Math.floor(train / batchSize);
  const rest = train % batchSize;
  return full * (await rates.step(depth, batchSize)) + (rest === 0 ? 0 : await rates.step(depth, rest));
}
