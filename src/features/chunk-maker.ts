// Computes a chunk image by image, from pixels or from a chunk below, and keeps on the way what else is wanted.
import { ArrayPool } from '../system/array-pool.js';
import type { GuisedImages, WorkCounter } from './feature-block.js';
import type { ChunkRoom } from './chunk-memory.js';
import type { Chunk } from './chunk.js';
import { type KeptNumbers, bytesOf, keep, unpack } from './precision.js';
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

export interface Making {
  /** For the target. */
  readonly room: ChunkRoom;
  /** Called after each image. */
  readonly alive: () => Promise<unknown>;
}

export class ChunkMaker {
  /** For what is passed and not to stay. */
  private readonly arrays = new ArrayPool();

  constructor(private readonly options: ChunkMakerOptions) {}

  make(way: ChunkWay, start: ChunkStart | undefined, making: Making): Promise<MadeChunks> {
    const { prefix, counter } = this.options;
    return timed(counter, () => prefix.lend((arrays) => this.compute(way, start, arrays, making)));
  }

  /** Takes back what was passed on the way; nobody may read it any more. */
  takeBack({ passed }: MadeChunks): void {
    for (const { buffer } of passed.values()) this.arrays.give(new Float32Array(buffer));
  }

  private async compute(
    way: ChunkWay,
    start: ChunkStart | undefined,
    arrays: WayArrays,
    { room, alive }: Making,
  ): Promise<MadeChunks> {
    const { prefix, images, counter } = this.options;
    const { target } = way;
    const steps = stepsFrom(start?.chunk.cut, prefix.wayTo(target.cut));
    const passed = new Map<Chunk, KeptNumbers>();
    const kept = new Map<Cut, Chunk>();
    for (const { chunk, isKept } of way.passed) {
      if (!isKept || !steps.includes(chunk.cut)) continue;
      kept.set(chunk.cut, chunk);
      passed.set(chunk, this.lent(chunk));
    }
    const result = room(target.precision, target.count * target.size);
    const readAhead = (i: number): void => {
      if (i < target.count) images.readAhead(target.guise, target.first + i);
    };
    if (start === undefined) readAhead(1);
    for (let i = 0; i < target.count; i++) {
      let data: Uint8Array | Float32Array;
      if (start === undefined) {
        readAhead(i + 2);
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

  private lent({ precision, count, size }: Chunk): KeptNumbers {
    const length = count * size;
    const { buffer } = this.arrays.take(Math.ceil((length * bytesOf(precision)) / 4));
    return precision === 'float16' ? new Uint16Array(buffer, 0, length) : new Float32Array(buffer, 0, length);
  }
}

/** What is left of a way from a cut on it. */
function stepsFrom(cut: Cut | undefined, way: readonly Cut[]): readonly Cut[] {
  return cut === undefined ? way : way.slice(way.indexOf(cut) + 1);
}
