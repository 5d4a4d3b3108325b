// Some images in one guise at one cut: what is kept in one file.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import type { Guise } from './feature-block.js';
import type { Cut } from './prefix.js';

/** Images of one chunk: small enough that two workers who need the same features share the work. */
export const CHUNK = 16;

export interface Chunk {
  readonly cut: Cut;
  readonly guise: Guise;
  readonly first: number;
  readonly count: number;
  readonly precision: FeaturePrecision;
  /** Numbers in one image's features. */
  readonly size: number;
  /** Of all that decides what the numbers are. */
  readonly digest: string;
}
