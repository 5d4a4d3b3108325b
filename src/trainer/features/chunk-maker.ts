// Computes a chunk image by image, from pixels or from a chunk below, and keeps on the way what else is wanted.
import type { GuisedImages, WorkCounter } from './feature-block.js';
import type { Chunk } from './chunk.js';
import { type KeptNumbers, emptyNumbers, keep, unpack } from './precision.js';
import type { Cut, Prefix, WayArrays } from './prefix.js';
import { timed } from './work-time.js';

/** A chunk, and those of the same images that are passed on the way to it, the lowest first. */
export interface ChunkWay {
  readonly target: Chunk;
  readonly passed: readonly { readonly chunk: Chunk; readonly isKept: boolean }[];
}

/** A chunk that is there, to go on from. */
export interface ChunkStart {
  readonly chunk: Chunk;
  readonly records: KeptNumbers;
}

export interface MadeChunks {
  readonly target: KeptNumbers;
  /** What was passed and is to be kept. */
  readonly passed: ReadonlyMap<Chunk, KeptNumbers>;
}

/** Every chunk that came of a way, the target last: of a writer that is killed the lower ones are the more useful. */
export function onTheWay(
  { target }: ChunkWay,
  made: MadeChunks,
): readonly { readonly chunk: Chunk; readonly records: KeptNumbers; readonly isTarget: boolean }[] {
  return [
    ...[...made.passed].map(([chunk, records]) => ({ chunk, records, isTarget: false })),
    { chunk: target, records: made.target, isTarget: true },
  ];
}

export interface ChunkMakerOptions {
  readonly prefix: Prefix;
  readonly images: GuisedImages;
  readonly counter: WorkCounter;
}

export class ChunkMaker {
  constructor(private readonly options: ChunkMakerOptions) {}

  /** @param alive is called after each image. */
  make(way: ChunkWay, start: ChunkStart | undefined, alive: () => Promise<unknown>): Promise<MadeChunks> {
    const { prefix, counter } = this.options;
    return timed(counter, () => prefix.lend((arrays) => this.compute(way, start, arrays, alive)));
  }

  private async compute(
    way: ChunkWay,
    start: ChunkStart | undefined,
    arrays: WayArrays,
    alive: () => Promise<unknown>,
  ): Promise<MadeChunks> {
    const { prefix, images, counter } = this.options;
    const { target } = way;
    const steps = stepsFrom(start?.chunk.cut, prefix.wayTo(target.cut));
    const passed = new Map<Chunk, KeptNumbers>();
    const kept = new Map<Cut, Chunk>();
    for (const { chunk, isKept } of way.passed) {
      if (!isKept || !steps.includes(chunk.cut)) continue;
      kept.set(chunk.cut, chunk);
      passed.set(chunk, emptyNumbers(chunk.precision, chunk.count * chunk.size));
    }
    const result = emptyNumbers(target.precision, target.count * target.size);
    for (let i = 0; i < target.count; i++) {
      let data: Uint8Array | Float32Array;
      if (start === undefined) {
        data = await images.pixels(target.guise, target.first + i, arrays.pixels);
        counter.computed++;
      } else {
        const features = arrays.at(start.chunk.cut);
        unpack(start.records, i * start.chunk.size, features);
        data = features;
      }
      for (const cut of steps) {
        const features = await prefix.step(cut, data, target.precision, arrays);
        const chunk = cut === target.cut ? target : kept.get(cut);
        const records = chunk === target ? result : passed.get(chunk as Chunk);
        if (chunk !== undefined && records !== undefined) keep(features, records, i * chunk.size);
        data = features;
      }
      await alive();
    }
    return { target: result, passed };
  }
}

/** What is left of a way from a cut on it. */
function stepsFrom(cut: Cut | undefined, way: readonly Cut[]): readonly Cut[] {
  return cut === undefined ? way : way.slice(way.indexOf(cut) + 1);
}
