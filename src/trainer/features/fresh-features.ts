// Features computed whenever they are read: nothing is kept.
import { sizeOf } from '../graph/host-tensor.js';
import type { FeatureBlock, FeatureSource, Guise, GuisedImages } from './feature-block.js';
import type { Cut, Prefix } from './prefix.js';

export class FreshFeatures implements FeatureSource {
  constructor(
    private readonly prefix: Prefix,
    private readonly images: GuisedImages,
    private readonly counter: WorkCounter,
  ) {}

  open(cut: Cut, guise: Guise): Promise<FeatureBlock> {
    const shape = this.prefix.shape(cut);
    const size = sizeOf(shape);
    const images = this.images.count(guise.split);
    return Promise.resolve({
      shape,
      images,
      gather: async (positions, into) => {
        for (let i = 0; i < positions.length; i++) {
          const pixels = await this.images.pixels(guise, positions[i] as number);
          into.set(await this.prefix.fromPixels(pixels, cut), i * size);
        }
        this.counter.needed += positions.length;
        this.counter.computed += positions.length;
      },
    });
  }
}

/** How much work the frozen part was, and would have been. */
export interface WorkCounter {
  /** Images whose features were read: how often the frozen part would run without reuse. */
  needed: number;
  /** Images that went through it from their pixels. */
  computed: number;
}
