// Augmentation strategies: the named ones, what makes two of them equal, and where their randomness comes from.
import { createHash } from 'node:crypto';
import { RandomStream } from '../../math/random.js';
import {
  type Operation,
  type PartialOperation,
  type PresetName,
  complete,
} from '../../study/augmentation-operations.js';

/** Applied in order, save that all geometry is composed into one warp and comes first. No operations: the identity. */
export interface AugmentationStrategy {
  readonly operations: readonly Operation[];
}

/** Increased whenever the same strategy and stream would give other pixels than before. */
const VERSION = 1;

/** A strategy of these operations, defaults filled in. */
export function strategyOf(operations: readonly PartialOperation[]): AugmentationStrategy {
  return { operations: operations.map(complete) };
}

const flip: PartialOperation = { type: 'horizontalFlip', probability: 0.5 };

/** The named strategies. `weather` does not mirror: it is made for signs and other things that have a left and a right. */
export const PRESETS = {
  none: strategyOf([]),
  flip: strategyOf([flip]),
  standard: strategyOf([
    flip,
    { type: 'rotation', degrees: [-10, 10] },
    { type: 'zoom', factor: [0.9, 1.15] },
    { type: 'shift', share: [-0.06, 0.06] },
    { type: 'brightness', factor: [0.85, 1.15] },
    { type: 'contrast', factor: [0.85, 1.15] },
  ]),
  strong: strategyOf([
    flip,
    { type: 'rotation', degrees: [-20, 20] },
    { type: 'crop', area: [0.5, 1], aspect: [0.75, 1.33] },
    { type: 'brightness', factor: [0.65, 1.35] },
    { type: 'contrast', factor: [0.65, 1.35] },
    { type: 'saturation', factor: [0.5, 1.5] },
    { type: 'blur', probability: 0.2 },
    { type: 'noise', probability: 0.2 },
    { type: 'cutout', probability: 0.5 },
  ]),
  weather: strategyOf([
    { type: 'rotation', degrees: [-8, 8] },
    { type: 'zoom', factor: [0.85, 1.15] },
    { type: 'shift', share: [-0.06, 0.06] },
    { type: 'brightness', factor: [0.75, 1.25] },
    { type: 'contrast', factor: [0.8, 1.2] },
    { type: 'fog', probability: 0.25 },
    { type: 'night', probability: 0.25 },
    { type: 'rain', probability: 0.25 },
  ]),
} as const satisfies Readonly<Record<PresetName, AugmentationStrategy>>;

/** The named strategies and a study's own, by name. */
export function strategiesOf(
  own: Readonly<Record<string, readonly PartialOperation[]>> | undefined,
): Readonly<Record<string, AugmentationStrategy>> {
  const entries = Object.entries(own ?? {}).map(([name, operations]) => [name, strategyOf(operations)] as const);
  return { ...PRESETS, ...Object.fromEntries(entries) };
}

/** How many different views of an image there are where a study asks for `views`: the identity has one. */
export function viewsOf(strategy: AugmentationStrategy, views: number): number {
  return strategy.operations.length === 0 ? 1 : views;
}

/** Equal for strategies that do the same, whatever they are called. 32 hexadecimal digits. */
export function digestOfStrategy({ operations }: AugmentationStrategy): string {
  const canonical = operations.map((operation) => Object.entries(operation).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256')
    .update(JSON.stringify([VERSION, canonical]))
    .digest('hex')
    .slice(0, 32);
}

/** The random numbers of one view of one image: never of a trial, so that all trials of a strategy see the same images. */
export function augmentationStream(
  seed: number,
  strategyDigest: string,
  imageDigest: string,
  view: number,
): RandomStream {
  return RandomStream.of(seed, 'augmentation', strategyDigest, imageDigest, view);
}
