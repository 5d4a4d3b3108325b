// Features of a list of images at one cut, as a trial reads them: by position, into a batch.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import type { Cut } from './prefix.js';

export interface FeatureBlock {
  /** Of one image: [channels] when pooled, else [height, width, channels]; stored channels first. */
  readonly shape: readonly number[];
  readonly images: number;
  /** Copies the images at these positions, one after the other, to the start of `into`. */
  gather(positions: ArrayLike<number>, into: Float32Array): Promise<void>;
}

/** Which images in which guise: a split of the data set, augmented by a strategy, in one of its views. */
export interface Guise {
  readonly split: 'train' | 'validation' | 'test';
  readonly strategy: string;
  readonly view: number;
}

/** Where a trial gets features from. */
export interface FeatureSource {
  /** Features above a cut. What they are does not depend on where they come from. */
  open(cut: Cut, guise: Guise): Promise<FeatureBlock>;
}

/** Some images' features at a cut. */
export interface Need {
  readonly cut: Cut;
  readonly guise: Guise;
}

/** What a trial reads, in the order in which it first does. */
export interface FeatureNeeds {
  readonly precision: FeaturePrecision;
  readonly blocks: readonly Need[];
}

/** All features of a study's images, kept or not. */
export interface Features {
  /** Features as one trial reads them. */
  of(needs: FeatureNeeds): FeatureSource;
}

/** The images of a study as a trial sees them: decoded, resized and, for training, augmented. */
export interface GuisedImages {
  count(split: Guise['split']): number;
  /**
   * RGB, uint8, [side, side, 3].
   * @param into where they are put, or a new array.
   */
  pixels(guise: Guise, position: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Begins to decode an image that will be asked for soon, on libuv's threads. Beyond the last one it does nothing. */
  readAhead(guise: Guise, position: number): void;
  /** What identifies the pixels of one image in one guise: equal texts mean equal pixels, in any study. */
  identity(guise: Guise, position: number): string;
}

/** How much work the frozen part was, and would have been. */
export interface WorkCounter {
  /** Images whose features were read: how often the frozen part would run without reuse. */
  needed: number;
  /** Images that went through it from their pixels. */
  computed: number;
  /** Seconds in which features were computed, decoding and augmentation included; those of several at once count once. */
  seconds: number;
}
