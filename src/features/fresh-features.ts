// Features that are computed whenever they are read: nothing is cached.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import type { Cut } from '../backbones/frozen-blocks.js';
import { sizeOf } from '../graph/host-tensor.js';
import type { StudyImages, View } from '../images/study-images.js';
import type { FeatureCounter } from './feature-counter.js';
import type { FeatureBlock, FeatureNeeds, Features, FeatureSource } from './features.js';
import type { ImageArrays, Prefix } from './prefix.js';

export class FreshFeatures implements Features {
  constructor(
    private readonly prefix: Prefix,
    private readonly images: StudyImages,
    private readonly counter: FeatureCounter,
  ) {}

  of({ precision }: FeatureNeeds): FeatureSource {
    return { open: (cut, view) => Promise.resolve(this.open(cut, view, precision)) };
  }

  open(cut: Cut, view: View, precision: FeaturePrecision): FeatureBlock {
    const shape = this.prefix.shape(cut);
    const size = sizeOf(shape);
    return {
      shape,
      images: this.images.count(view.split),
      gather: async (positions, into) => {
        const compute = async (arrays: ImageArrays): Promise<void> => {
          const { batch } = this.prefix;
          for (let i = 0; i < positions.length; i += batch) {
            const run = Array.from(positions).slice(i, i + batch);
            for (const next of Array.from(positions).slice(i + 1, i + batch + 1)) this.images.readAhead(view, next);
            for (const [k, position] of run.entries()) {
              await this.images.pixels(view, position, this.prefix.placeOf(k, arrays));
            }
            const features = await this.prefix.fromPixels(arrays.pixels, cut, precision, arrays);
            into.set(features.subarray(0, run.length * size), i * size);
          }
        };
        await this.counter.timed(() => this.prefix.withArrays(compute));
        this.counter.computed += positions.length;
      },
    };
  }
}
