// A few drawn signs and a small network over them, for features with and without a store.
import { RandomStream } from '../../../../src/math/random.js';
import { PRESETS } from '../../../../src/trainer/augmentation/strategy.js';
import { initialise } from '../../../../src/trainer/backbones/initialise.js';
import { indexImages } from '../../../../src/trainer/data/index-images.js';
import type { Engine } from '../../../../src/trainer/engines/engine.js';
import { FeatureFolder } from '../../../../src/trainer/features/feature-folder.js';
import { FreshFeatures } from '../../../../src/trainer/features/fresh-features.js';
import { Prefix } from '../../../../src/trainer/features/prefix.js';
import { StoredFeatures } from '../../../../src/trainer/features/stored-features.js';
import { StudyImages } from '../../../../src/trainer/study-images.js';
import { toyBackbone } from '../../finetune/support/toy-bench.js';

const SIZE = 16;

export interface Signs {
  readonly stored: StoredFeatures;
  readonly fresh: FreshFeatures;
  readonly folder: FeatureFolder;
  readonly counter: { needed: number; computed: number };
  readonly warnings: string[];
}

export interface SignsOptions {
  readonly budget?: number;
  readonly memory?: number;
  /** The lowest cut; default 1. */
  readonly base?: number;
  readonly network?: string;
  readonly start?: number;
}

/** 40 training and 24 validation images. */
export async function openSigns(engine: Engine, root: string, options: SignsOptions = {}): Promise<Signs> {
  const index = await indexImages(
    { drawn: { family: 'traffic-signs', perClass: { train: 5, validation: 3 } } },
    { directory: '.', seed: 1 },
  );
  const weights = initialise(toyBackbone, RandomStream.of('signs'));
  const images = new StudyImages(index, SIZE, 'crop', 1, PRESETS, 1e8);
  const counter = { needed: 0, computed: 0 };
  const warnings: string[] = [];
  const prefix = new Prefix(engine, toyBackbone, weights, SIZE, options.base ?? 1);
  const fresh = new FreshFeatures(prefix, images, counter);
  const folder = new FeatureFolder(root, options.budget ?? 1e9);
  const stored = new StoredFeatures({
    prefix,
    images,
    fresh,
    counter,
    folder,
    memory: options.memory ?? 1e8,
    network: options.network ?? 'toy',
    start: options.start ?? 0,
    warn: (message) => warnings.push(message),
  });
  return { stored, fresh, folder, counter, warnings };
}
