// Features of a list of images at one cut, as a trial reads them: by position, into a batch.

export interface FeatureBlock {
  /** Of one image: [channels] when pooled, else [height, width, channels]; stored channels first. */
  readonly shape: readonly number[];
  readonly images: number;
  /** Copies the images at these positions, one after the other, to the start of `into`. */
  gather(positions: ArrayLike<number>, into: Float32Array): Promise<void> | void;
}

/** Which images in which guise: a split of the data set, augmented by a strategy, in one of its views. */
export interface Guise {
  readonly split: 'train' | 'validation' | 'test';
  readonly strategy: string;
  readonly view: number;
}

/** Where a trial gets features from. */
export interface FeatureSource {
  /**
   * Features above `cut` blocks (`pooled`: of the whole backbone, averaged over positions). `release` tells that the block
   * is no longer read.
   */
  open(cut: number | 'pooled', guise: Guise): Promise<FeatureBlock>;
}
