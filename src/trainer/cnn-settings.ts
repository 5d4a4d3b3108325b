// What the built-in trainer needs to know about a study, as plain data that can be sent to other threads.
import { HpoError } from '../study/errors.js';
import type { PartialOperation } from '../study/augmentation-operations.js';
import type { Objective } from '../study/objective.js';
import type { TrainingConfiguration } from '../study/schema/training-schema.js';
import type { WantedBackbone } from '../backbones/open-backbone.js';
import type { ImageIndex } from '../images/indexing/image-index.js';
import type { Resize } from '../images/resize.js';
import type { EngineDevice, EngineName } from '../engines/engine.js';

export interface BackboneChoice extends WantedBackbone {
  /** An absolute path, a name on the hub (hf:…), or 'random' for an untrained network. Default: the backbone's own pre-trained weights. */
  readonly weights?: string | undefined;
  /** Side of the images in pixels. Default: the backbone's. */
  readonly inputSize?: number | undefined;
}

export interface CnnSettings {
  /** The study's name, for people who look at the feature cache. */
  readonly study: string;
  readonly index: ImageIndex;
  readonly resize: Resize;
  /** One, or those that the parameter `backbone` chooses from. */
  readonly backbone: BackboneChoice | readonly BackboneChoice[];
  /** Fields that are the same in every trial. */
  readonly training: Partial<TrainingConfiguration>;
  /** The study's own augmentation strategies, by name. */
  readonly augmentations?: Readonly<Record<string, readonly PartialOperation[]>> | undefined;
  readonly objective: Objective & { readonly positiveClass?: string | undefined };
  /** The study's seed; augmentation and the random weights of a baseline follow from it. */
  readonly seed: number;
  readonly engine: EngineName;
  /** What the engine must compute on; default whatever it finds. */
  readonly device?: EngineDevice;
  /** Processor cores for each worker, maybe not a whole number; default 1. Results do not depend on it. */
  readonly cores?: number | undefined;
  /** Whether features of the frozen part are cached. Results are the same either way. */
  readonly reuse: boolean;
  /** Bytes of features that one worker may hold in memory. It may hold half as much again of decoded images. */
  readonly memory: number;
  /** The folder of the feature cache, shared by all studies of the machine. */
  readonly cache: string;
  /** Bytes of cached features on disk; default 10 GB. */
  readonly cacheBudget?: number | undefined;
  /** Epochs of a baseline. Default: those of the configuration. */
  readonly baselineEpochs?: number | undefined;
  /** The largest unfreezeDepth that any trial of the study may have. */
  readonly maxDepth: number;
}

/** Settings of one backbone. */
export type SingleCnnSettings = Omit<CnnSettings, 'backbone'> & { readonly backbone: BackboneChoice };

/** The backbones that trials may have. */
export function backbonesOf({ backbone }: Pick<CnnSettings, 'backbone'>): readonly BackboneChoice[] {
  return 'name' in backbone ? [backbone] : backbone;
}

/** The one that a trial names; the only one where it names none. Throws ERR_BACKBONE where there is no such one. */
export function choiceOf(choices: readonly BackboneChoice[], name: string | undefined): BackboneChoice {
  const [only, ...others] = choices;
  if (name === undefined && only !== undefined && others.length === 0) return only;
  const found = choices.find((choice) => choice.name.toLowerCase() === name?.toLowerCase());
  if (found !== undefined) return found;
  const names = choices.map((choice) => choice.name).join(', ');
  throw new HpoError('ERR_BACKBONE', `expected one of ${names}, got ${name ?? 'none'} as the parameter backbone`);
}
