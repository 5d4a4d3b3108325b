// What `hpo plan` finds out, as plain data.
import type { ImagesRecord } from '../../study/events.js';
import type { EpochSeconds } from '../../study/epoch-seconds.js';
import type { EngineName } from '../../engines/engine.js';
import type { BackboneSummary } from '../../backbones/describe-backbone.js';

export interface StudyPlan {
  readonly name: string;
  readonly file: string;
  /** The user's own trainer, where it is a module. */
  readonly module?: string;
  /** The user's own program, with placeholders, as study.json has it. */
  readonly command?: readonly (string | readonly string[])[];
  readonly objective: { readonly metric: string; readonly direction: string };
  readonly space: {
    readonly parameters: readonly { readonly name: string; readonly range: string }[];
    /** Different parameter sets that the strategy can propose; null where there is no end of them. */
    readonly sets: number | null;
  };
  readonly trials: number;
  readonly search: string;
  readonly pruner: string;
  /** What decides whether a trial gets more folds; missing without folds. */
  readonly folds?: string;
  readonly resources: { readonly workers: number; readonly engine: EngineName | null };
  readonly time: StudyTime;
  /** What an epoch takes; missing where it is not known. */
  readonly epoch?: EpochSeconds;
  /** Of the built-in trainer. */
  readonly training?: TrainingPlan;
  readonly warnings: readonly string[];
}

/** How long it takes on this machine. */
export interface StudyTime {
  /** Seconds; null where they are not known. */
  readonly low: number | null;
  readonly high: number | null;
  /** What the range rests on, or why there is none; for people. */
  readonly basis: string;
}

/** How trials are divided into folds. */
export interface FoldsPlan {
  readonly folds: number;
  readonly repeats: number;
  readonly confidence: number;
  /** Images of a fold for training, fewest and most. */
  readonly training: readonly [number, number];
  readonly validation: readonly [number, number];
}

export interface TrainingPlan {
  readonly images: ImagesRecord;
  readonly folds?: FoldsPlan;
  /** How they were found, where that is worth a line. */
  readonly imageFacts: readonly string[];
  readonly backbone: BackboneSummary & { readonly weightsFile: string | null };
  /** Of a full trial. */
  readonly epochs: number;
  /** Fewest and most. */
  readonly stepsPerEpoch: readonly [number, number];
  readonly work: Work;
  readonly memory: Memory;
  /** Bytes that cached features of the machine may take. */
  readonly featureBudget: number;
  /** Bytes of checkpoints and kept models while the study runs. */
  readonly disk: number;
}

/** Upper bounds: pruning makes all of it less. */
export interface Work {
  /** Images through the frozen part of the network if every epoch computed it anew. */
  readonly imagesWithoutReuse: number;
  /** The same when each is computed once. */
  readonly imagesWithReuse: number;
  /** Multiply-accumulates of the whole study, with reuse. */
  readonly multiplyAccumulates: number;
  /** Those of them in the frozen part. */
  readonly frozen: number;
  /** Bytes of frozen features of every image in every view at every cut; `resources.featureBudget` caps what is kept. */
  readonly featureBytes: number;
}

export interface Memory {
  /** Bytes that the study may hold (`resources.memory`). */
  readonly budget: number;
  /** Bytes of it for program and training: an estimate. The rest is for images and features. */
  readonly training: number;
  /** Bytes of the features of one trial, by its unfreezeDepth. */
  readonly features: readonly { readonly depth: number; readonly bytes: number }[];
}
