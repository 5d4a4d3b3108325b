// The contracts of the feature cache: what a trial reads from the frozen part of a network, and how it reads it.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import type { Cut } from '../backbones/frozen-blocks.js';
import type { RowsFeed } from '../engines/engine.js';
import type { View } from '../images/study-images.js';

/** Features of a list of images at one cut. */
export interface FeatureBlock {
  /** Of one image: [channels] when pooled, else [height, width, channels]; stored channels first. */
  readonly shape: readonly number[];
  readonly images: number;
  /** Copies the images at these positions, one after the other, to the start of `into`. */
  gather(positions: ArrayLike<number>, into: Float32Array): Promise<void>;
  /** The same images where they are kept on the device, put there first where they are not. Undefined, or missing, where there is no room. */
  readonly onDevice?: (positions: ArrayLike<number>) => Promise<RowsFeed | undefined>;
}

/** Where a trial gets features from. */
export interface FeatureSource {
  /** The features of a view at a cut. Every source gives the same bits. */
  open(cut: Cut, view: View): Promise<FeatureBlock>;
}

/** The features of a view at a cut, which a trial will read. */
export interface FeatureNeed {
  readonly cut: Cut;
  readonly view: View;
}

/** What a trial reads, in the order in which it first does. */
export interface FeatureNeeds {
  readonly precision: FeaturePrecision;
  readonly blocks: readonly FeatureNeed[];
}

/** All features of a study's images, cached or not. */
export interface Features {
  /** Features as one trial reads them. */
  of(needs: FeatureNeeds): FeatureSource;
}
