// Features cached on disk, computed once per machine: workers, processes and studies share them chunk by chunk.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import type { Cut } from '../backbones/frozen-blocks.js';
import { ARITHMETIC_VERSION } from '../graph/arithmetic-version.js';
import { sizeOf } from '../graph/host-tensor.js';
import type { StudyImages, View } from '../images/study-images.js';
import type { ChunkAbout } from './chunk-file.js';
import { type ChunkMemoryOptions, ChunkStore, LOOK_AGAIN } from './chunk-store.js';
import type { FeatureCounter } from './feature-counter.js';
import type { FeatureFolder } from './feature-folder.js';
import type { FeatureBlock, FeatureNeed, FeatureNeeds, Features, FeatureSource } from './features.js';
import type { FreshFeatures } from './fresh-features.js';
import { bytesOf, unpack } from './precision.js';
import { CHUNK, type Chunk, ChunkMaker, type ChunkPath, type Prefix } from './prefix.js';

/** Share of the budget for the lowest cached layer, where no trial reads it. */
const SHARE_OF_LOWEST = 0.5;
/**
 * Bytes of an image's features from which on they are read from their file each time. The system keeps files that are read in memory that
 * nothing else needs, so a copy of them in this process would only be a second one. Of smaller features the call would take longer than the copy.
 */
const READ_FROM_FILE = 32 * 1024;
/** Images that are read from their files at once: each may be in another file, and files that are read are open. */
const READ_AT_ONCE = 32;

export interface CachedFeaturesOptions extends ChunkMemoryOptions {
  readonly prefix: Prefix;
  readonly images: StudyImages;
  readonly counter: FeatureCounter;
  readonly folder: FeatureFolder;
  /** Where features come from that cannot be cached. */
  readonly fresh: FreshFeatures;
  /** In [0, 1): where among the chunks this worker begins, so that workers meet late. */
  readonly start: number;
  /** For people who look at a file. */
  readonly about: Pick<ChunkAbout, 'study' | 'network'>;
  readonly warn: (message: string) => void;
}

export class CachedFeatures implements Features {
  readonly store: ChunkStore;
  private readonly digests = new Map<string, string>();
  private readonly tooLarge = new Set<Cut>();

  constructor(readonly options: CachedFeaturesOptions) {
    const { prefix, images, counter } = options;
    this.store = new ChunkStore({ ...options, maker: new ChunkMaker(prefix, images, counter) });
  }

  of(needs: FeatureNeeds): FeatureSource {
    return new CachedTrialFeatures(this, needs);
  }

  /** Whether the features that a trial needs at this cut fit the budget. Warns where they do not. */
  fits(cut: Cut, needs: FeatureNeeds, view: View): boolean {
    const blocks = needs.blocks.filter((need) => need.cut === cut);
    const bytes = this.bytesAt(cut, needs.precision, blocks.length > 0 ? blocks.map((need) => need.view) : [view]);
    const { budget } = this.options.folder;
    if (bytes <= budget) return true;
    if (!this.tooLarge.has(cut)) {
      const what = `a trial needs ${bytes} bytes, the budget is ${budget}`;
      this.options.warn(`features at cut ${cut} are not cached: ${what}`);
    }
    this.tooLarge.add(cut);
    return false;
  }

  /** Whether the cut is the lowest cached layer and fits: it is cached though no trial reads it, since all others are cheap from there. */
  cachesUnread(cut: Cut, needs: FeatureNeeds): boolean {
    if (cut !== this.options.prefix.cachedLayers[0]) return false;
    const views = new Map(needs.blocks.map(({ view }) => [JSON.stringify(view), view]));
    return this.bytesAt(cut, needs.precision, views.values()) <= SHARE_OF_LOWEST * this.options.folder.budget;
  }

  bytesAt(cut: Cut, precision: FeaturePrecision, views: Iterable<View>): number {
    const { prefix, images } = this.options;
    let count = 0;
    for (const { split } of views) count += images.count(split);
    return count * sizeOf(prefix.shape(cut)) * bytesOf(precision);
  }

  staysInMemory(cut: Cut, precision: FeaturePrecision, view: View): boolean {
    const ofImage = sizeOf(this.options.prefix.shape(cut)) * bytesOf(precision);
    return ofImage < READ_FROM_FILE && this.bytesAt(cut, precision, [view]) <= this.options.memory;
  }

  /** Closes files. Features can still be read. */
  close(): Promise<void> {
    return this.store.close();
  }

  chunksOf(cut: Cut, view: View, precision: FeaturePrecision): Chunk[] {
    const count = this.options.images.count(view.split);
    return Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => {
      return this.chunkAt(cut, view, precision, i * CHUNK, Math.min(CHUNK, count - i * CHUNK));
    });
  }

  chunkAt(cut: Cut, view: View, precision: FeaturePrecision, first: number, count: number): Chunk {
    const size = sizeOf(this.options.prefix.shape(cut));
    return { cut, view, first, count, precision, size, digest: this.digestOf(cut, view, precision, first, count) };
  }

  /** Of the network, the path to the cut, the precision, the arithmetic and what identifies each image's pixels; 40 hexadecimal digits. */
  private digestOf(cut: Cut, view: View, precision: FeaturePrecision, first: number, count: number): string {
    const key = JSON.stringify([cut, view, precision, first]);
    const known = this.digests.get(key);
    if (known !== undefined) return known;
    const { network, prefix, images } = this.options;
    const hash = createHash('sha256').update(
      JSON.stringify([network, prefix.pathTo(cut), precision, ARITHMETIC_VERSION]),
    );
    for (let i = first; i < first + count; i++) hash.update(`\n${images.identity(view, i)}`);
    const digest = hash.digest('hex').slice(0, 40);
    this.digests.set(key, digest);
    return digest;
  }
}

interface CachedBlock {
  readonly paths: readonly ChunkPath[];
  /** Whether memory holds all of it. Otherwise single images are read from their files as they are needed. */
  readonly inMemory: boolean;
}

/** Cached features as one trial reads them. While others compute what it waits for, it prefetches what it needs next. */
class CachedTrialFeatures implements FeatureSource {
  /** By cut and view. */
  private readonly blocks = new Map<string, CachedBlock>();
  /** Chunks to prefetch, in the order in which the trial needs them; those that were seen to be there are left out. */
  private upcoming: ChunkPath[] | undefined;

  constructor(
    private readonly features: CachedFeatures,
    private readonly needs: FeatureNeeds,
  ) {}

  async open(cut: Cut, view: View): Promise<FeatureBlock> {
    const { options, store } = this.features;
    const { precision } = this.needs;
    if (!this.canCache({ cut, view })) return options.fresh.open(cut, view, precision);
    const block = this.blockOf({ cut, view });
    await this.ensure(block);
    if (!store.writable) return options.fresh.open(cut, view, precision);
    const shape = options.prefix.shape(cut);
    const images = options.images.count(view.split);
    return { shape, images, gather: (positions, into) => this.gather(block, positions, into) };
  }

  private canCache({ cut, view }: FeatureNeed): boolean {
    return cut !== 0 && this.features.store.writable && this.features.fits(cut, this.needs, view);
  }

  private blockOf(need: FeatureNeed): CachedBlock {
    const key = JSON.stringify(need);
    const block = this.blocks.get(key) ?? this.newBlock(need);
    this.blocks.set(key, block);
    return block;
  }

  private newBlock({ cut, view }: FeatureNeed): CachedBlock {
    const { features } = this;
    const { precision } = this.needs;
    const paths = features.chunksOf(cut, view, precision).map((chunk) => this.pathTo(chunk));
    return { paths, inMemory: features.staysInMemory(cut, precision, view) };
  }

  private pathTo(target: Chunk): ChunkPath {
    const { cut, view, first, count, precision } = target;
    const read = this.needs.blocks.filter((need) => isSameView(need.view, view)).map((need) => need.cut);
    const layers = this.features.options.prefix.pathTo(cut).slice(0, -1);
    const below = layers.map((layer) => ({
      chunk: this.features.chunkAt(layer, view, precision, first, count),
      isCached:
        this.features.cachesUnread(layer, this.needs) ||
        (read.includes(layer) && this.features.fits(layer, this.needs, view)),
    }));
    return { target, below };
  }

  /** Returns when every chunk exists, or none can be cached; computes those that nobody else is computing. */
  private async ensure({ paths, inMemory }: CachedBlock): Promise<void> {
    const { store, options } = this.features;
    const start = Math.floor(options.start * paths.length);
    const inOrder = [...paths.slice(start), ...paths.slice(0, start)];
    let missing = inOrder.filter(({ target }) => store.inMemory(target) === undefined);
    while (missing.length > 0 && store.writable) {
      const left: ChunkPath[] = [];
      for (const path of missing) if ((await store.obtain(path, inMemory)) === 'busy') left.push(path);
      missing = left;
      if (missing.length > 0 && !(await this.prefetchOne())) await delay(LOOK_AGAIN);
    }
  }

  /** Computes one chunk that the trial needs later, while others compute what it waits for. False where there is none. */
  private async prefetchOne(): Promise<boolean> {
    const { store } = this.features;
    if (!store.writable) return false;
    this.upcoming ??= this.needs.blocks
      .filter((need) => this.canCache(need))
      .flatMap((need) => this.blockOf(need).paths);
    for (const path of [...this.upcoming]) {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may change while a chunk is computed
      if (!store.writable) return false;
      const outcome = await store.obtain(path, false);
      if (outcome !== 'busy') this.upcoming = this.upcoming.filter((other) => other !== path);
      if (outcome === 'made') return true;
    }
    return false;
  }

  private async gather(block: CachedBlock, positions: ArrayLike<number>, into: Float32Array): Promise<void> {
    const size = block.paths[0]?.target.size ?? 0;
    const placeOf = (i: number): Float32Array => into.subarray(i * size, (i + 1) * size);
    if (!block.inMemory) {
      for (let first = 0; first < positions.length; first += READ_AT_ONCE) {
        const some = Array.from(positions).slice(first, first + READ_AT_ONCE);
        await Promise.all(some.map((position, i) => this.read(pathAt(block, position), position, placeOf(first + i))));
      }
      return;
    }
    const { store } = this.features;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      const path = pathAt(block, position);
      const records = store.inMemory(path.target) ?? (await store.records(path));
      unpack(records, (position - path.target.first) * size, placeOf(i));
    }
  }

  /** One image's features from their file, or computed again where that is gone. */
  private async read(path: ChunkPath, position: number, into: Float32Array): Promise<void> {
    const { store } = this.features;
    const { target } = path;
    const known = store.inMemory(target);
    if (known === undefined && (await store.readRecord(target, position, into))) return;
    unpack(known ?? (await store.records(path)), (position - target.first) * target.size, into);
  }
}

function pathAt({ paths }: CachedBlock, position: number): ChunkPath {
  return paths[Math.floor(position / CHUNK)] as ChunkPath;
}

function isSameView(a: View, b: View): boolean {
  return a.split === b.split && a.strategy === b.strategy && a.number === b.number;
}
