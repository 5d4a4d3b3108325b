// What an epoch was expected to take when a study began, as its journal keeps it.
import { formatDuration } from '../system/format.js';

export interface EpochSeconds {
  /** Multiply-accumulates a second of one core or GPU: of the frozen part, and of training steps with their backward pass. */
  readonly forward: number;
  readonly training: number;
  /** By backbone, where trials choose one, and blocks that are trained. */
  readonly epochs: readonly { readonly backbone?: string; readonly depth: number; readonly seconds: number }[];
}

/** Multiply-accumulates of an epoch: by backbone, where trials choose one, and blocks that are trained. */
export interface EpochCost {
  readonly backbone?: string;
  readonly depth: number;
  readonly multiplyAccumulates: number;
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
