// One optimizer step: a batch gathered, mixed and masked, and run at the rate of the moment.
import type { RandomStream } from '../../math/random.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { Program } from '../../engines/engine.js';
import type { FeatureBlock } from '../../features/feature-block.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { classWeights } from './batches.js';
import { fillDropoutMask } from './dropout.js';
import { labelRows } from './labels.js';
import { mixBatch } from './mixing.js';
import { type Optimizer, optimizerOf } from './optimizers.js';
import { PENALTIES } from './penalties.js';
import { type Tail, trainedParameters } from './tail.js';
import { type StepOptions, rateName } from './tail-graphs.js';
import type { Workbench } from './workbench.js';

/** Arrays for the inputs of a step's program by name (trainingGraph), each of the size that it wants. */
export type StepFeeds = Readonly<Record<string, Float32Array>>;

export interface FeederOptions {
  readonly bench: Pick<Workbench, 'labels' | 'classes'>;
  readonly configuration: TrainingConfiguration;
  readonly tail: Tail;
  /** The training images where they enter the tail. */
  readonly block: FeatureBlock;
  readonly dropout: RandomStream;
  readonly mixing: RandomStream;
}

/** Writes what steps are fed. They differ in nothing but their batch, their rate and what the two streams draw. */
export class StepFeeder {
  readonly options: StepOptions;
  private readonly balance: Float32Array;
  private readonly optimizer: Optimizer;
  /** The rate inputs, each with its share of the rate; looking through a network's layers for them takes as long as a step of the head. */
  private readonly shares: readonly (readonly [input: string, share: number])[];

  constructor(private readonly own: FeederOptions) {
    const { bench, configuration, tail } = own;
    this.balance = classWeights(bench.labels, bench.classes, configuration.classWeights);
    this.options = stepOptions(configuration, tail);
    this.optimizer = optimizerOf(configuration);
    this.shares = sharesOf(configuration, tail);
  }

  /**
   * @param positions of the batch's images among the training images.
   * @param rate of the head and the top block; each block below has its share of it.
   * @param step counted from 1 in its phase.
   */
  async fill(feeds: StepFeeds, positions: Uint32Array, rate: number, step: number): Promise<void> {
    const { bench, configuration, block, dropout, mixing } = this.own;
    const size = positions.length;
    const array = (name: string): Float32Array => feeds[name] as Float32Array;
    const features = array('features');
    const labels = array('labels');
    const weights = array('weights');
    await block.gather(positions, features);
    labels.set(labelRows(bench.labels, positions, bench.classes, configuration.labelSmoothing));
    positions.forEach((position, i) => {
      weights[i] = (this.balance[bench.labels[position] as number] as number) / size;
    });
    mixBatch({ features, shape: block.shape, labels, weights, size }, configuration, mixing);
    fillDropoutMask(array('mask'), configuration.dropout, dropout);
    array('plainRate').fill(rate);
    for (const [input, share] of this.shares) array(input).fill(this.optimizer.effectiveRate(rate * share, step));
    for (const name of this.options.penalties) array(name).fill(configuration[name]);
    if (this.options.clips) array('clipNorm').fill(configuration.clipNorm);
  }
}

/** An array for each input of a program: zeros, or what `take` gives. */
export function emptyFeeds(
  { graph }: Pick<Program, 'graph'>,
  take: (length: number) => Float32Array = (length) => new Float32Array(length),
): StepFeeds {
  return Object.fromEntries(graph.inputs.map(({ name, value }) => [name, take(sizeOf(value.shape))]));
}

/** What shapes the program of a trial's steps. */
export function stepOptions(configuration: TrainingConfiguration, tail: Tail): StepOptions {
  const { optimizer, momentum, nesterov, beta1, beta2, rho, epsilon, weightDecay } = configuration;
  const penalties = PENALTIES.filter(
    (name) => configuration[name] > 0 && (tail.depth > 0 || name === 'l1' || name === 'l2'),
  );
  return {
    optimizer: { optimizer, momentum, nesterov, beta1, beta2, rho, epsilon, weightDecay },
    penalties,
    clips: configuration.clipNorm > 0,
  };
}

/** The head's rate and the top block's are equal, each block below has a share. */
function sharesOf({ blockDecay }: TrainingConfiguration, tail: Tail): (readonly [string, number])[] {
  const blocks = new Set(trainedParameters(tail).map(({ below }) => below));
  return [...blocks].map((below) => [rateName(below), blockDecay ** Math.max(0, below)] as const);
}
