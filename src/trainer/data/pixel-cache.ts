// Decoded images kept in memory, the least recently used given up first.
import type { ImageSource } from './image-index.js';
import { type Resize, readPixels } from './pixels.js';

/** What an image is called in the cache: content, so that a file listed twice is kept once. */
interface CachedImage {
  readonly digest: string;
  readonly source: ImageSource;
}

/** Reads images through a cache of at most `budget` bytes. Concurrent reads of one image decode it once. */
export class PixelCache {
  /** In order of use, oldest first. */
  private readonly kept = new Map<string, Uint8Array>();
  private readonly underWay = new Map<string, Promise<Uint8Array>>();
  private held = 0;

  constructor(
    private readonly budget: number,
    private readonly read: typeof readPixels = readPixels,
  ) {}

  /** Bytes held. */
  get bytes(): number {
    return this.held;
  }

  /** As `readPixels`. The array is shared with later readers: it must not be written to. */
  async pixels(image: CachedImage, size: number, resize: Resize = 'crop'): Promise<Uint8Array> {
    const key = `${image.digest}/${size}/${resize}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const begun = this.underWay.get(key);
    if (begun !== undefined) return begun;
    const reading = this.read(image.source, size, resize);
    this.underWay.set(key, reading);
    try {
      const pixels = await reading;
      this.keep(key, pixels);
      return pixels;
    } finally {
      this.underWay.delete(key);
    }
  }

  private keep(key: string, pixels: Uint8Array): void {
    if (pixels.byteLength > this.budget) return;
    this.kept.set(key, pixels);
    this.held += pixels.byteLength;
    for (const [oldest, { byteLength }] of this.kept) {
      if (this.held <= this.budget) break;
      this.kept.delete(oldest);
      this.held -= byteLength;
    }
  }
}
