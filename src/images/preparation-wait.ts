// How long a GPU waits for images. Needs no sharp, so that a machine without it can still be examined.

/** Images per second, each by one core. */
export interface PreparationSpeed {
  /** Photographs of half a thousand pixels, read from a JPEG and brought to the size of a network's input. */
  readonly decoded: number;
  /** By the strategy `standard`. */
  readonly augmented: number;
}

/** The share of time in which an engine that takes so many images a second waits for so many cores, in [0, 1]. */
export function waitingFor({ decoded, augmented }: PreparationSpeed, cores: number, taken: number): number {
  const prepared = cores / (1 / decoded + 1 / augmented);
  return Math.max(0, 1 - prepared / taken);
}
