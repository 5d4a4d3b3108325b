// What a worker has ready for every trial, and what makes one trial different from another.
import type { Objective } from '../../study/objective.js';
import type { OfTask } from '../../study/task.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { Report } from '../../study/trial.js';
import type { ArrayPool } from '../../system/array-pool.js';
import type { Backbone } from '../../backbones/backbone.js';
import type { Engine } from '../../engines/engine.js';
import type { TrialWork } from '../../features/feature-counter.js';
import type { FeatureSource } from '../../features/features.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import type { ModelEvaluation } from '../evaluation.js';
import type { ImageLabels, TrialIdentity } from './batches.js';
import type { CheckpointFiles } from './checkpoint.js';
import type { Importances } from './importance.js';
import type { TailPrograms } from './tail-programs.js';

export interface Workbench extends OfTask {
  readonly engine: Engine;
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Pre-trained (or, for a baseline, random) weights of the whole backbone. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** Of the training images, and of all others where nothing else is said. */
  readonly features: FeatureSource;
  /** The network with the BatchNorm statistics of the target, where the trial adapts them: all is evaluated with these. */
  readonly adapted?: AdaptedNetwork;
  /** Of these weights. */
  readonly importances: Importances;
  readonly programs: TailPrograms;
  /** For the inputs of programs. */
  readonly arrays: ArrayPool;
  /** Of the training images, by position. */
  readonly labels: ImageLabels;
  /** Of the training images in the loss, by position, with mean 1. Undefined: 1 for all. */
  readonly sampleWeights?: Float32Array | undefined;
  readonly classes: number;
  readonly objective: Objective;
  /** Whether labelled images of the target are evaluated, too. */
  readonly evaluatesTarget?: boolean;
  /**
   * A report's part about the validation images, from their probabilities [images, classes] (row-major), and about those of the target.
   * Missing where all images are for training: the last epoch counts as the best then.
   */
  readonly evaluate?: (probabilities: Float32Array, target?: Float32Array) => Pick<Report, 'metrics' | 'detail'>;
  /** What is stored beside the best epoch's weights, from the same probabilities. */
  readonly evaluateModel?: (probabilities: Float32Array, target?: Float32Array) => ModelEvaluation;
  /** What reading features costs the trial. */
  readonly work: TrialWork;
  /** Milliseconds; for durations and for the time between checkpoints. */
  readonly now: () => number;
}

/** The pre-trained network with BatchNorm statistics of the target's images (Li et al. 2016, arXiv 1603.04779). */
export interface AdaptedNetwork {
  readonly features: FeatureSource;
  /** Of every BatchNorm of the whole backbone, by parameter. */
  readonly statistics: ReadonlyMap<string, HostTensor>;
}

export interface TrialPlan {
  readonly identity: TrialIdentity;
  readonly configuration: TrainingConfiguration;
  readonly files: CheckpointFiles;
  /** Told why a trial with a checkpoint starts over. */
  readonly warn?: (message: string) => void;
  /** Told after every step which share of the epoch is done, in [0, 1], and how many images the step took. */
  readonly onStep?: (share: number, images: number) => void;
}
