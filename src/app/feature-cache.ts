// The cached features of this machine: what there is, and how to be rid of it.
import { ChunkReader } from '../features/chunk-file.js';
import { type CachedFeatureGroup, FeatureFolder, summarise } from '../features/feature-folder.js';
import { featuresFolder } from './setup/machine.js';

export interface FeatureCache {
  readonly folder: string;
  /** Of all groups. */
  readonly bytes: number;
  readonly groups: readonly CachedFeatureGroup[];
}

export interface FeatureCacheOptions {
  /** Only features that this study needed first. */
  readonly study?: string | undefined;
}

export interface ShrinkFeatureCacheOptions extends FeatureCacheOptions {
  /** Bytes that may stay; the least recently used features go first. Default: 0. */
  readonly budget?: number | undefined;
}

export interface RemovedFeatures {
  readonly folder: string;
  readonly removed: { readonly files: number; readonly bytes: number };
}

export async function readFeatureCache({ study }: FeatureCacheOptions = {}): Promise<FeatureCache> {
  const folder = featuresFolder();
  const all = await summarise(new FeatureFolder(folder, Infinity));
  const groups = all.filter(({ about }) => study === undefined || about?.study === study);
  return { folder, bytes: groups.reduce((sum, { bytes }) => sum + bytes, 0), groups };
}

/** Removes features. Nothing is lost: studies compute them again, with the same numbers. */
export async function shrinkFeatureCache(options: ShrinkFeatureCacheOptions = {}): Promise<RemovedFeatures> {
  const { study, budget = 0 } = options;
  const folder = featuresFolder();
  const isOfStudy = async (file: string): Promise<boolean> =>
    study === undefined || (await ChunkReader.about(file))?.study === study;
  return { folder, removed: await new FeatureFolder(folder, Infinity).shrinkTo(budget, isOfStudy) };
}
