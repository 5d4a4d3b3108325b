// Cached features as one trial reads them. While others compute what it waits for, it prefetches what it needs next.
import { setTimeout as delay } from 'node:timers/promises';
import type { ChunkWay } from './chunk-maker.js';
import { CHUNK, type Chunk } from './chunk.js';
import { LOOK_AGAIN } from './chunk-store.js';
import type { FeatureBlock, FeatureNeeds, FeatureSource, Guise, Need } from './feature-block.js';
import { unpack } from './precision.js';
import type { Cut } from './prefix.js';
import type { StoredFeatures } from './stored-features.js';

interface Block {
  readonly ways: readonly ChunkWay[];
  /** Whether all of it has room in memory; else single images are read as they are needed. */
  readonly fitsMemory: boolean;
}

export class StoredTrialFeatures implements FeatureSource {
  /** By cut and guise. */
  private readonly blocks = new Map<string, Block>();
  /** Chunks to prefetch, in the order in which the trial needs them; those that were seen to be there are left out. */
  private upcoming: ChunkWay[] | undefined;

  constructor(
    private readonly features: StoredFeatures,
    private readonly needs: FeatureNeeds,
  ) {}

  async open(cut: Cut, guise: Guise): Promise<FeatureBlock> {
    const { options, store } = this.features;
    const { precision } = this.needs;
    if (!this.isKept({ cut, guise })) return options.fresh.open(cut, guise, precision);
    const block = this.blockOf({ cut, guise });
    await this.ensure(block);
    if (!store.writable) return options.fresh.open(cut, guise, precision);
    const shape = options.prefix.shape(cut);
    const images = options.images.count(guise.split);
    return { shape, images, gather: (positions, into) => this.gather(block, positions, into) };
  }

  private isKept({ cut, guise }: Need): boolean {
    return cut !== 0 && this.features.store.writable && this.features.fits(cut, this.needs, guise);
  }

  private blockOf(need: Need): Block {
    const key = JSON.stringify(need);
    const block = this.blocks.get(key) ?? this.newBlock(need);
    this.blocks.set(key, block);
    return block;
  }

  private newBlock({ cut, guise }: Need): Block {
    const { features } = this;
    const { precision } = this.needs;
    const ways = features.chunksOf(cut, guise, precision).map((chunk) => this.wayTo(chunk));
    return { ways, fitsMemory: features.bytesAt(cut, precision, [guise]) <= features.options.memory };
  }

  private wayTo(target: Chunk): ChunkWay {
    const { cut, guise, first, count, precision } = target;
    const wanted = this.needs.blocks.filter((need) => sameGuise(need.guise, guise)).map((need) => need.cut);
    const stops = this.features.options.prefix.wayTo(cut).slice(0, -1);
    const passed = stops.map((stop) => ({
      chunk: this.features.chunkAt(stop, guise, precision, first, count),
      isKept:
        this.features.keepsOnTheWay(stop, this.needs) ||
        (wanted.includes(stop) && this.features.fits(stop, this.needs, guise)),
    }));
    return { target, passed };
  }

  /** Returns when every chunk is there, or none can be kept; computes those that nobody else is computing. */
  private async ensure({ ways, fitsMemory }: Block): Promise<void> {
    const { store, options } = this.features;
    const start = Math.floor(options.start * ways.length);
    let missing = [...ways.slice(start), ...ways.slice(0, start)].filter(({ target }) => !store.cached(target));
    while (missing.length > 0 && store.writable) {
      const left: ChunkWay[] = [];
      for (const way of missing) if ((await store.obtain(way, fitsMemory)) === 'busy') left.push(way);
      missing = left;
      if (missing.length > 0 && !(await this.prefetchOne())) await delay(LOOK_AGAIN);
    }
  }

  /** Computes one chunk that the trial needs later, while others compute what it waits for. False where there is none. */
  private async prefetchOne(): Promise<boolean> {
    if (!this.features.store.writable) return false;
    const kept = this.needs.blocks.filter((need) => this.isKept(need));
    this.upcoming ??= kept.flatMap((need) => this.blockOf(need).ways);
    for (const way of [...this.upcoming]) {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may change while a chunk is made
      if (!this.features.store.writable) return false;
      const outcome = await this.features.store.obtain(way, false);
      if (outcome !== 'busy') this.upcoming = this.upcoming.filter((other) => other !== way);
      if (outcome === 'made') return true;
    }
    return false;
  }

  private async gather({ ways, fitsMemory }: Block, positions: ArrayLike<number>, into: Float32Array): Promise<void> {
    const { store, options } = this.features;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      const way = ways[Math.floor(position / CHUNK)] as ChunkWay;
      const { size, first } = way.target;
      const target = into.subarray(i * size, (i + 1) * size);
      const known = store.cached(way.target);
      const single = known === undefined && !fitsMemory ? await store.readRecord(way.target, position) : undefined;
      if (single !== undefined) unpack(single, 0, target);
      else unpack(known ?? (await store.records(way)), (position - first) * size, target);
    }
    options.counter.needed += positions.length;
  }
}

function sameGuise(a: Guise, b: Guise): boolean {
  return a.split === b.split && a.strategy === b.strategy && a.view === b.view;
}
