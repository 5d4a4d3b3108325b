// What can be said of a backbone from its description: sizes, costs, where its weights come from.
import { type WeightsPlace, weightsPlace } from './backbone-weights.js';
import type { Backbone } from './backbone.js';
import { parameterSpecs } from './parameters.js';
import { cutShape } from './frozen-blocks.js';
import { multiplyAccumulates } from './shapes.js';

export interface BlockSummary {
  readonly name: string;
  /** [height, width, channels]. */
  readonly output: readonly number[];
  readonly parameters: number;
  /** Forward, for one image. */
  readonly multiplyAccumulates: number;
}

export interface BackboneSummary {
  readonly name: string;
  readonly inputSize: number;
  readonly parameters: number;
  readonly multiplyAccumulates: number;
  /** Where its own pre-trained weights are. */
  readonly weights: WeightsPlace;
  /** Where they can be downloaded: an address, or `npm:PACKAGE@VERSION`. */
  readonly url: string | null;
  /** From the pixels up. */
  readonly blocks: readonly BlockSummary[];
  /** Blocks from the top that can be trained. */
  readonly trainable: number;
  /** Of a model file: why it is not more, and what a person should know of how it is read. */
  readonly remarks: readonly string[];
}

/** For images of `inputSize` pixels. Throws ERR_BACKBONE where they are too small. */
export function describeBackbone(backbone: Backbone, inputSize = backbone.inputSize): BackboneSummary {
  const costs = multiplyAccumulates(backbone, inputSize);
  const specs = parameterSpecs(backbone);
  const blocks = backbone.blocks.map(({ name }, i) => ({
    name,
    output: cutShape(backbone, inputSize, i + 1),
    parameters: sum(specs.filter(({ block }) => block === i).map(({ shape }) => shape.reduce((a, b) => a * b, 1))),
    multiplyAccumulates: costs[i]!,
  }));
  return {
    name: backbone.name,
    inputSize,
    parameters: sum(blocks.map((block) => block.parameters)),
    multiplyAccumulates: sum(costs),
    weights: weightsPlace(backbone),
    url: originOf(backbone),
    blocks,
    trainable: backbone.file?.trainable.depth ?? blocks.length,
    remarks: remarksOf(backbone),
  };
}

function remarksOf({ file }: Backbone): readonly string[] {
  if (file === undefined) return [];
  const { depth, reason } = file.trainable;
  const bound = reason === undefined ? [] : [`unfreezeDepth can be at most ${depth}: ${reason}`];
  return [...bound, ...file.remarks];
}

function originOf({ pretrained }: Backbone): string | null {
  if (pretrained?.kind === 'npm') return `npm:${pretrained.package}@${pretrained.version}`;
  return pretrained?.kind === 'download' ? pretrained.url : null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
