// Features kept in this thread's memory: computed once per image and guise while they fit, otherwise as they are needed.
import { sizeOf } from '../graph/host-tensor.js';
import type { FeatureBlock, FeatureSource, Guise } from './feature-block.js';
import type { Cut, Prefix } from './prefix.js';

/** The images of a study as a trial sees them: decoded, resized and, for training, augmented. */
export interface GuisedImages {
  count(split: Guise['split']): number;
  /** RGB, uint8, [side, side, 3]. */
  pixels(guise: Guise, position: number): Promise<Uint8Array>;
}

export class MemoryFeatures implements FeatureSource {
  /** Oldest use first. */
  private readonly blocks = new Map<string, Float32Array>();
  private bytes = 0;

  /** @param budget bytes of features to keep; 0 computes everything anew each time (same numbers, more work). */
  constructor(
    private readonly prefix: Prefix,
    private readonly images: GuisedImages,
    private readonly budget: number,
  ) {}

  async open(cut: Cut, guise: Guise): Promise<FeatureBlock> {
    const shape = this.prefix.shape(cut);
    const images = this.images.count(guise.split);
    const size = sizeOf(shape);
    if (images * size * 4 > this.budget) return this.computedAsNeeded(cut, guise, shape, images);
    const all = await this.kept(cut, guise, images, size);
    return {
      shape,
      images,
      gather(positions, into) {
        for (let i = 0; i < positions.length; i++) {
          const position = positions[i] as number;
          into.set(all.subarray(position * size, (position + 1) * size), i * size);
        }
      },
    };
  }

  private computedAsNeeded(cut: Cut, guise: Guise, shape: readonly number[], images: number): FeatureBlock {
    const size = sizeOf(shape);
    return {
      shape,
      images,
      gather: async (positions, into) => {
        for (let i = 0; i < positions.length; i++) {
          const pixels = await this.images.pixels(guise, positions[i] as number);
          into.set(await this.prefix.features(cut, pixels), i * size);
        }
      },
    };
  }

  private async kept(cut: Cut, guise: Guise, images: number, size: number): Promise<Float32Array> {
    const key = JSON.stringify([cut, guise.split, guise.strategy, guise.view]);
    const known = this.blocks.get(key);
    if (known !== undefined) {
      this.blocks.delete(key);
      this.blocks.set(key, known);
      return known;
    }
    const all = new Float32Array(images * size);
    for (let position = 0; position < images; position++) {
      all.set(await this.prefix.features(cut, await this.images.pixels(guise, position)), position * size);
    }
    this.keep(key, all);
    return all;
  }

  private keep(key: string, all: Float32Array): void {
    this.blocks.set(key, all);
    this.bytes += all.byteLength;
    for (const [oldest, block] of this.blocks) {
      if (this.bytes <= this.budget || oldest === key) break;
      this.blocks.delete(oldest);
      this.bytes -= block.byteLength;
    }
  }
}
