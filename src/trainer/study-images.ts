// The images of a study as trials see them: decoded once, resized, and augmented as strategy and view say.
import { AUGMENTATION_PRESETS_BY_NAME } from './augmentation/presets.js';
import { augment, augmentationStream } from './augmentation/augment.js';
import { type ImageEntry, type ImageIndex, sourceOf } from './data/image-index.js';
import { PixelCache } from './data/pixel-cache.js';
import type { Resize } from './data/pixels.js';
import type { Guise } from './features/feature-block.js';
import type { GuisedImages } from './features/memory-features.js';

export class StudyImages implements GuisedImages {
  private readonly decoded: PixelCache;

  constructor(
    private readonly index: ImageIndex,
    private readonly size: number,
    private readonly resize: Resize,
    private readonly seed: number,
    budget: number,
  ) {
    this.decoded = new PixelCache(budget);
  }

  count(split: Guise['split']): number {
    return this.index.splits[split].length;
  }

  async pixels({ split, strategy, view }: Guise, position: number): Promise<Uint8Array> {
    const entry = this.index.splits[split][position] as ImageEntry;
    const image = { digest: entry.digest, source: sourceOf(this.index, split, entry) };
    const pixels = await this.decoded.pixels(image, this.size, this.resize);
    if (strategy === 'none') return pixels;
    const random = augmentationStream(this.seed, strategy, entry.digest, view);
    return augment(pixels, this.size, AUGMENTATION_PRESETS_BY_NAME[strategy], random);
  }
}
