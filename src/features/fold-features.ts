// The features of one fold: those of all images, of which some positions are for training and the others for validation. So every fold
// reads the same cached features, and an image is computed once.
import { must } from '../system/must.js';
import type { View } from '../images/study-images.js';
import type { FeatureBlock, FeatureNeed, FeatureNeeds, Features, FeatureSource } from './features.js';

/** Where the images of a fold stand among those of the `train` split. */
export interface FoldPositions {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

export class FoldFeatures implements Features {
  constructor(
    private readonly all: Features,
    private readonly positions: FoldPositions,
  ) {}

  of({ precision, blocks }: FeatureNeeds): FeatureSource {
    const needs = new Map<string, FeatureNeed>();
    for (const { cut, view } of blocks) {
      const need = { cut, view: amongAll(view) };
      needs.set(JSON.stringify(need), need);
    }
    const source = this.all.of({ precision, blocks: [...needs.values()] });
    return { open: async (cut, view) => this.partOf(await source.open(cut, amongAll(view)), view) };
  }

  private partOf(block: FeatureBlock, { split }: View): FeatureBlock {
    if (split !== 'train' && split !== 'validation') throw new RangeError(`expected images of a fold, got ${split}`);
    const positions = this.positions[split];
    const among = (wanted: ArrayLike<number>): Uint32Array =>
      Uint32Array.from(wanted, (position) => must(positions[position], 'a position of the fold'));
    const { onDevice } = block;
    return {
      shape: block.shape,
      images: positions.length,
      gather: (wanted, into) => block.gather(among(wanted), into),
      ...(onDevice === undefined ? {} : { onDevice: (wanted) => onDevice(among(wanted)) }),
    };
  }
}

function amongAll(view: View): View {
  return view.split === 'validation' ? { ...view, split: 'train' } : view;
}
