// What the built-in trainer is given, from what a study or a trainer configuration says.
import { join } from 'node:path';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { DataConfiguration } from '../../study/schema/study-schema.js';
import type { CnnSettings } from '../../trainer/cnn-settings.js';
import type { ImageIndex } from '../../images/indexing/image-index.js';
import type { EngineName } from '../../engines/engine.js';
import { cacheFolder } from '../../system/cache-folder.js';

/** Where frozen features are kept. */
export function featuresFolder(): string {
  return join(cacheFolder(), 'features');
}

export interface CnnParts<Backbone extends CnnSettings['backbone']> extends Pick<
  StudyDefinition,
  'training' | 'objective' | 'augmentations'
> {
  readonly study: string;
  readonly data: DataConfiguration;
  readonly index: ImageIndex;
  /** With absolute paths. */
  readonly backbone: Backbone;
  readonly seed: number;
  readonly engine: EngineName;
  readonly reuse: boolean;
  /** Of the processor, for each worker. */
  readonly cores: number;
  /** Bytes of features. */
  readonly memory: number;
  /** Bytes of kept features on disk. */
  readonly cacheBudget?: number;
  readonly baselineEpochs?: number | undefined;
  /** The largest unfreezeDepth of any trial. */
  readonly maxDepth: number;
}

export function cnnSettings<Backbone extends CnnSettings['backbone']>({
  data,
  ...rest
}: CnnParts<Backbone>): CnnSettings & { readonly backbone: Backbone } {
  return { ...rest, cache: featuresFolder(), resize: 'resize' in data ? data.resize : 'crop' };
}

/** Classes without images: enough to put a trained model together. */
export function indexOfClasses(classes: readonly string[]): ImageIndex {
  return {
    classes,
    splits: { train: [], validation: [], test: [] },
    origin: { type: 'folders', roots: { train: '', validation: '', test: '' } },
    skipped: [],
    warnings: [],
    digest: '',
  };
}
