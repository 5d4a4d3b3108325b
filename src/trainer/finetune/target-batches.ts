// Batches of unlabelled images of the target, beside those of the training images.
import { RandomStream } from '../../math/random.js';
import type { FeatureBlock } from '../../features/features.js';
import type { TrialIdentity } from './batches.js';

/** In random order, each image once before any comes again. Every epoch begins anew, so that a trial can resume at any of them. */
export class TargetBatches {
  private order: Uint32Array = new Uint32Array(0);
  private used = 0;
  private readonly random: RandomStream;

  constructor(
    private readonly block: FeatureBlock,
    { seed, trial }: TrialIdentity,
    epoch: number,
  ) {
    this.random = RandomStream.of(seed, 'target order', trial, epoch);
  }

  /** Copies the features of the next `size` images to the start of `into`. */
  async gather(size: number, into: Float32Array): Promise<void> {
    await this.block.gather(
      Uint32Array.from({ length: size }, () => this.next()),
      into,
    );
  }

  private next(): number {
    if (this.used === this.order.length) {
      this.order = this.random.permutation(this.block.images);
      this.used = 0;
    }
    return this.order[this.used++] as number;
  }
}
