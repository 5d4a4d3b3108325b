// Features computed whenever they are read: nothing is kept.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import { sizeOf } from '../graph/host-tensor.js';
import type {
  FeatureBlock,
  FeatureNeeds,
  FeatureSource,
  Features,
  Guise,
  GuisedImages,
  WorkCounter,
} from './feature-block.js';
import type { Cut, Prefix, WayArrays } from './prefix.js';
import { timed } from './work-time.js';

export class FreshFeatures implements Features {
  constructor(
    private readonly prefix: Prefix,
    private readonly images: GuisedImages,
    private readonly counter: WorkCounter,
  ) {}

  of({ precision }: FeatureNeeds): FeatureSource {
    return { open: (cut, guise) => Promise.resolve(this.open(cut, guise, precision)) };
  }

  open(cut: Cut, guise: Guise, precision: FeaturePrecision): FeatureBlock {
    const shape = this.prefix.shape(cut);
    const size = sizeOf(shape);
    return {
      shape,
      images: this.images.count(guise.split),
      gather: async (positions, into) => {
        const compute = async (arrays: WayArrays): Promise<void> => {
          for (let i = 0; i < positions.length; i++) {
            if (i + 1 < positions.length) this.images.readAhead(guise, positions[i + 1] as number);
            const pixels = await this.images.pixels(guise, positions[i] as number, arrays.pixels);
            into.set(await this.prefix.fromPixels(pixels, cut, precision, arrays), i * size);
          }
        };
        await timed(this.counter, () => this.prefix.lend(compute));
        this.counter.needed += positions.length;
        this.counter.computed += positions.length;
      },
    };
  }
}
