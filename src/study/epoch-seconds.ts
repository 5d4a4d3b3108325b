// What an epoch was expected to take when a study began, as its journal keeps it.
import { formatDuration } from '../system/format.js';

export interface EpochSeconds {
  /** Multiply-accumulates a second of one core or GPU: of the frozen part, and of training steps with their backward pass. */
  readonly forward: number;
  readonly training: number;
  /** By backbone, where trials choose one, and blocks that are trained. */
  readonly epochs: readonly { readonly backbone?: string; readonly depth: number; readonly seconds: number }[];
}

/** Multiply-accumulates of training: by backbone, where trials choose one, and blocks that are trained. */
export interface EpochCost {
  readonly backbone?: string;
  readonly depth: number;
  /** Of an epoch on average, over all epochs that a trial may take. Journals of earlier versions have no more. */
  readonly multiplyAccumulates: number;
  readonly parts?: TrainingCost;
}

/** What training is made of, in multiply-accumulates. */
export interface TrainingCost {
  /** The frozen part: one view of the training images, which is cached from then on. */
  readonly view: number;
  /** The frozen part: the validation images, once. */
  readonly validation: number;
  /** The trained blocks, in every epoch. */
  readonly epoch: number;
}

/** Of the first so many epochs, in which epoch e shows view e mod `views`. */
export function trainingCost({ view, validation, epoch }: TrainingCost, epochs: number, views: number): number {
  return view * Math.min(epochs, views) + validation + epoch * epochs;
}

/** "about 2.1s with the head alone, 14s with 4 blocks trained"; undefined where nothing is known. */
export function epochSecondsText({ epochs }: EpochSeconds): string | undefined {
  if (epochs.length === 0) return undefined;
  const least = epochs.reduce((first, one) => (one.seconds < first.seconds ? one : first));
  const most = epochs.reduce((first, one) => (one.seconds > first.seconds ? one : first));
  const words = ({ depth, backbone, seconds }: (typeof epochs)[number]): string => {
    const trained = depth === 0 ? 'the head alone' : `${depth} ${depth === 1 ? 'block' : 'blocks'} trained`;
    return `${formatDuration(seconds)} with ${trained}${backbone === undefined ? '' : ` of ${backbone}`}`;
  };
  return `about ${least === most ? words(least) : `${words(least)}, ${words(most)}`}`;
}
