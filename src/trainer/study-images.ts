// The images of a study as trials see them: decoded once, resized, and augmented as strategy and view say.
import { HpoError } from '../study/errors.js';
import { augment } from '../images/augmentation/augment.js';
import { type AugmentationStrategy, augmentationStream, digestOfStrategy } from '../images/augmentation/strategy.js';
import { type ImageEntry, type ImageIndex, sourceOf } from '../images/indexing/image-index.js';
import { PixelCache } from '../images/pixel-cache.js';
import type { Resize } from '../images/pixels.js';
import type { Guise, GuisedImages } from '../features/feature-block.js';

export class StudyImages implements GuisedImages {
  private readonly decoded: PixelCache;
  private readonly digests: ReadonlyMap<string, string>;

  constructor(
    private readonly index: ImageIndex,
    private readonly size: number,
    private readonly resize: Resize,
    private readonly seed: number,
    /** By the name that a configuration calls them. */
    private readonly strategies: Readonly<Record<string, AugmentationStrategy>>,
    /** Of decoded images: bytes, or what is shared with others. */
    memory: number | PixelCache,
  ) {
    this.decoded = typeof memory === 'number' ? new PixelCache(memory) : memory;
    this.digests = new Map(Object.entries(strategies).map(([name, strategy]) => [name, digestOfStrategy(strategy)]));
  }

  count(split: Guise['split']): number {
    return this.index.splits[split].length;
  }

  async pixels({ split, strategy, view }: Guise, position: number, into?: Uint8Array): Promise<Uint8Array> {
    const entry = this.index.splits[split][position] as ImageEntry;
    const pixels = await this.decode(split, entry);
    const chosen = this.strategyOf(strategy);
    if (chosen.operations.length === 0) return copied(pixels, into);
    const random = augmentationStream(this.seed, this.digests.get(strategy) as string, entry.digest, view);
    return augment(pixels, this.size, chosen, random, into);
  }

  readAhead({ split }: Guise, position: number): void {
    const entry = this.index.splits[split][position];
    // Whoever reads the image itself is told what is wrong with it.
    if (entry !== undefined) this.decode(split, entry).catch(() => undefined);
  }

  private decode(split: Guise['split'], entry: ImageEntry): Promise<Uint8Array> {
    const image = { digest: entry.digest, source: sourceOf(this.index, split, entry) };
    return this.decoded.pixels(image, this.size, this.resize);
  }

  identity({ split, strategy, view }: Guise, position: number): string {
    const { digest } = this.index.splits[split][position] as ImageEntry;
    const { operations } = this.strategyOf(strategy);
    const guise = operations.length === 0 ? '' : ` ${this.seed} ${this.digests.get(strategy)} ${view}`;
    return `${digest} ${this.resize}${guise}`;
  }

  private strategyOf(name: string): AugmentationStrategy {
    const strategy = Object.hasOwn(this.strategies, name) ? this.strategies[name] : undefined;
    if (strategy !== undefined) return strategy;
    const names = Object.keys(this.strategies).join(', ');
    throw new HpoError('ERR_STUDY_INVALID', `augmentation: expected one of ${names}, found '${name}'`);
  }
}

/** What is decoded belongs to all, and may lie in shared memory, which engines do not take. */
function copied(pixels: Uint8Array, into: Uint8Array = new Uint8Array(pixels.length)): Uint8Array {
  into.set(pixels);
  return into;
}
