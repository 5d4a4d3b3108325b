// A few drawn signs and a small network over them, for features with and without a cache.
import { RandomStream } from '../../../src/math/random.js';
import { PRESETS } from '../../../src/images/augmentation/strategy.js';
import { initialise } from '../../../src/backbones/initialise.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import type { Engine } from '../../../src/engines/engine.js';
import { FeatureFolder } from '../../../src/features/feature-folder.js';
import { FreshFeatures } from '../../../src/features/fresh-features.js';
import { FeatureCounter } from '../../../src/features/feature-counter.js';
import type { FeatureNeeds, FeatureSource } from '../../../src/features/features.js';
import { Prefix } from '../../../src/features/prefix.js';
import { CachedFeatures } from '../../../src/features/cached-features.js';
import { StudyImages } from '../../../src/images/study-images.js';
import { toyBackbone } from '../../trainer/finetune/support/toy-bench.js';

const SIZE = 16;

export interface Signs {
  readonly features: CachedFeatures;
  readonly stored: FeatureSource;
  readonly fresh: FeatureSource;
  readonly folder: FeatureFolder;
  readonly counter: FeatureCounter;
  readonly warnings: string[];
}

export interface SignsOptions {
  readonly budget?: number;
  readonly memory?: number;
  /** Default: every cut. */
  readonly layers?: readonly number[];
  readonly precision?: FeatureNeeds['precision'];
  /** What the trial says that it will need. */
  readonly blocks?: FeatureNeeds['blocks'];
  readonly network?: string;
  readonly start?: number;
  /** With whoever else is told so. */
  readonly shared?: boolean;
}

/** 40 training and 24 validation images. */
export async function openSigns(engine: Engine, root: string, options: SignsOptions = {}): Promise<Signs> {
  const index = await indexImages(
    { drawn: { family: 'traffic-signs', perClass: { train: 5, validation: 3 } } },
    { directory: '.', seed: 1 },
  );
  const weights = initialise(toyBackbone, RandomStream.of('signs'));
  const images = new StudyImages(index, SIZE, 'crop', 1, PRESETS, 1e8);
  const counter = new FeatureCounter();
  const warnings: string[] = [];
  const prefix = new Prefix(engine, toyBackbone, weights, SIZE, options.layers ?? [1, 2]);
  const fresh = new FreshFeatures(prefix, images, counter);
  const folder = new FeatureFolder(root, options.budget ?? 1e9);
  const features = new CachedFeatures({
    prefix,
    images,
    fresh,
    counter,
    folder,
    memory: options.memory ?? 1e8,
    shared: options.shared ?? false,
    network: options.network ?? 'toy',
    start: options.start ?? 0,
    about: { study: 'signs', network: 'toy, 16 px' },
    warn: (message) => warnings.push(message),
  });
  const needs: FeatureNeeds = { precision: options.precision ?? 'float32', blocks: options.blocks ?? [] };
  return { features, stored: features.of(needs), fresh: fresh.of(needs), folder, counter, warnings };
}
