// What the built-in trainer is given, from what a study or a trainer configuration says.
import { join } from 'node:path';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { DataConfiguration } from '../../study/schema/study-schema.js';
import type { BackboneChoice, CnnSettings } from '../../trainer/cnn-settings.js';
import type { ImageIndex } from '../../trainer/data/image-index.js';
import type { EngineName } from '../../trainer/engines/engine.js';
import { cacheFolder } from '../../system/cache-folder.js';

export interface CnnParts extends Pick<StudyDefinition, 'training' | 'objective' | 'augmentations'> {
  readonly data: DataConfiguration;
  readonly index: ImageIndex;
  /** With an absolute path. */
  readonly backbone: BackboneChoice;
  readonly seed: number;
  readonly engine: EngineName;
  readonly reuse: boolean;
  /** Bytes of features. */
  readonly memory: number;
  /** The largest unfreezeDepth of any trial. */
  readonly maxDepth: number;
}

export function cnnSettings({ data, ...rest }: CnnParts): CnnSettings {
  return { ...rest, cache: join(cacheFolder(), 'features'), resize: 'resize' in data ? data.resize : 'crop' };
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
