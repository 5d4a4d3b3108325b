// What a worker has ready for every trial, and what makes one trial different from another.
import type { Objective } from '../../study/objective.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { Report } from '../../study/trial.js';
import type { ArrayPool } from '../../system/array-pool.js';
import type { Backbone } from '../../backbones/backbone.js';
import type { Engine } from '../../engines/engine.js';
import type { FeatureSource } from '../../features/feature-block.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import type { Judgement } from '../judgement.js';
import type { TrialIdentity } from './batches.js';
import type { CheckpointFiles } from './checkpoint.js';
import type { Importances } from './importance.js';
import type { TailPrograms } from './tail-programs.js';
import type { WorkMeter } from './work-meter.js';

/** Judges probabilities [images, classes] (row-major) of the validation images. */
export type Judge = (probabilities: Float32Array) => Pick<Report, 'detail'> & {
  readonly metrics: Readonly<Record<string, number>>;
};

export interface Workbench {
  readonly engine: Engine;
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Pre-trained (or, for a baseline, random) weights of the whole backbone. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly features: FeatureSource;
  /** Of these weights. */
  readonly importances: Importances;
  readonly programs: TailPrograms;
  /** For what enters programs. */
  readonly arrays: ArrayPool;
  /** Of the training images, by position. */
  readonly labels: Uint32Array;
  readonly classes: number;
  readonly objective: Objective;
  readonly judge: Judge;
  /** What is kept of the best epoch beside its weights, from the same probabilities. */
  readonly inspect: (probabilities: Float32Array) => Judgement;
  /** What reading features cost. */
  readonly work: WorkMeter;
  /** Milliseconds; for durations and for the pace of checkpoints. */
  readonly now: () => number;
}

export interface TrialPlan {
  readonly identity: TrialIdentity;
  readonly configuration: TrainingConfiguration;
  readonly files: CheckpointFiles;
  /** Told after every step how much of the epoch's steps is done, in [0, 1], and how many images the step took. */
  readonly onStep?: (share: number, images: number) => void;
}
