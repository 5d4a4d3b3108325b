// Features kept on disk, computed once per machine: workers, processes and studies share them chunk by chunk.
import { createHash } from 'node:crypto';
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import { sizeOf } from '../graph/host-tensor.js';
import type { ChunkAbout } from './chunk-file.js';
import { ChunkMaker } from './chunk-maker.js';
import type { ChunkMemoryOptions } from './chunk-memory.js';
import { CHUNK, type Chunk } from './chunk.js';
import { ChunkStore } from './chunk-store.js';
import type { FeatureNeeds, Features, Guise, GuisedImages, WorkCounter } from './feature-block.js';
import type { FeatureFolder } from './feature-folder.js';
import type { FreshFeatures } from './fresh-features.js';
import { bytesOf } from './precision.js';
import type { Cut, Prefix } from './prefix.js';
import { StoredTrialFeatures } from './stored-trial-features.js';

/** Share of the budget that features may take which are only passed on the way to others. */
const SHARE_ON_THE_WAY = 0.5;

export interface StoredFeaturesOptions extends ChunkMemoryOptions {
  readonly prefix: Prefix;
  readonly images: GuisedImages;
  readonly counter: WorkCounter;
  readonly folder: FeatureFolder;
  /** Where features come from that cannot be kept. */
  readonly fresh: FreshFeatures;
  /** In [0, 1): where among the chunks this worker begins, so that workers meet late. */
  readonly start: number;
  /** What to write in files, for people. */
  readonly about: Pick<ChunkAbout, 'study' | 'network'>;
  readonly warn: (message: string) => void;
}

export class StoredFeatures implements Features {
  readonly store: ChunkStore;
  private readonly digests = new Map<string, string>();
  private readonly tooLarge = new Set<Cut>();

  constructor(readonly options: StoredFeaturesOptions) {
    this.store = new ChunkStore({ ...options, maker: new ChunkMaker(options) });
  }

  of(needs: FeatureNeeds): StoredTrialFeatures {
    return new StoredTrialFeatures(this, needs);
  }

  /** Whether what a trial needs at this cut fits the budget; says so where it does not. */
  fits(cut: Cut, needs: FeatureNeeds, guise: Guise): boolean {
    const blocks = needs.blocks.filter((need) => need.cut === cut);
    const bytes = this.bytesAt(cut, needs.precision, blocks.length > 0 ? blocks.map((need) => need.guise) : [guise]);
    const { budget } = this.options.folder;
    if (bytes <= budget) return true;
    if (!this.tooLarge.has(cut)) {
      const what = `those of a trial take ${bytes} bytes, the budget is ${budget}`;
      this.options.warn(`features at cut ${cut} are computed as needed: ${what}`);
    }
    this.tooLarge.add(cut);
    return false;
  }

  /** Whether the features at the lowest stop are kept, though nobody asked for them: all others are cheap from there. */
  keepsOnTheWay(cut: Cut, needs: FeatureNeeds): boolean {
    if (cut !== this.options.prefix.stops[0]) return false;
    const guises = new Map(needs.blocks.map(({ guise }) => [JSON.stringify(guise), guise]));
    return this.bytesAt(cut, needs.precision, guises.values()) <= SHARE_ON_THE_WAY * this.options.folder.budget;
  }

  bytesAt(cut: Cut, precision: FeaturePrecision, guises: Iterable<Guise>): number {
    const { prefix, images } = this.options;
    let count = 0;
    for (const { split } of guises) count += images.count(split);
    return count * sizeOf(prefix.shape(cut)) * bytesOf(precision);
  }

  chunksOf(cut: Cut, guise: Guise, precision: FeaturePrecision): Chunk[] {
    const count = this.options.images.count(guise.split);
    return Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => {
      return this.chunkAt(cut, guise, precision, i * CHUNK, Math.min(CHUNK, count - i * CHUNK));
    });
  }

  chunkAt(cut: Cut, guise: Guise, precision: FeaturePrecision, first: number, count: number): Chunk {
    const size = sizeOf(this.options.prefix.shape(cut));
    return { cut, guise, first, count, precision, size, digest: this.digestOf(cut, guise, precision, first, count) };
  }

  /** Of the network, the way to the cut, the precision and what identifies each image's pixels; 40 hexadecimal digits. */
  private digestOf(cut: Cut, guise: Guise, precision: FeaturePrecision, first: number, count: number): string {
    const key = JSON.stringify([cut, guise, precision, first]);
    const known = this.digests.get(key);
    if (known !== undefined) return known;
    const { network, prefix, images } = this.options;
    const hash = createHash('sha256').update(JSON.stringify([network, prefix.wayTo(cut), precision]));
    for (let i = first; i < first + count; i++) hash.update(`\n${images.identity(guise, i)}`);
    const digest = hash.digest('hex').slice(0, 40);
    this.digests.set(key, digest);
    return digest;
  }
}
