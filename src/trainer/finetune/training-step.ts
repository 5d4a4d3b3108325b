// One optimizer step: a batch gathered, mixed and masked, and run at the rate of the moment.
import type { RandomStream } from '../../math/random.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { DeviceState } from '../engines/engine.js';
import type { FeatureBlock } from '../features/feature-block.js';
import { sizeOf } from '../graph/host-tensor.js';
import { classWeights } from './batches.js';
import { dropoutMask } from './dropout.js';
import { labelRows } from './labels.js';
import { mixBatch } from './mixing.js';
import { optimizerOf } from './optimizers.js';
import { PENALTIES, type PenaltyName } from './penalties.js';
import { type Tail, pooledChannels, trainedParameters } from './tail.js';
import { type StepOptions, rateName } from './tail-graphs.js';
import type { Workbench } from './workbench.js';

export interface StepperOptions {
  readonly bench: Pick<Workbench, 'labels' | 'classes' | 'programs'>;
  readonly configuration: TrainingConfiguration;
  readonly tail: Tail;
  /** The training images where they enter the tail. */
  readonly block: FeatureBlock;
  readonly state: DeviceState;
  readonly dropout: RandomStream;
  readonly mixing: RandomStream;
}

/** Takes steps that differ in nothing but their batch, their rate and what the two streams draw. */
export class Stepper {
  private readonly balance: Float32Array;
  private readonly options: StepOptions;

  constructor(private readonly own: StepperOptions) {
    const { bench, configuration, tail } = own;
    this.balance = classWeights(bench.labels, bench.classes, configuration.classWeights);
    this.options = stepOptions(configuration, tail);
  }

  /**
   * @param positions of the batch's images among the training images.
   * @param rate of the head and the top block; each block below has its share of it.
   * @param step counted from 1 in its phase.
   * @returns the loss before the step; it may be no number.
   */
  async step(positions: Uint32Array, rate: number, step: number): Promise<number> {
    const { bench, configuration, tail, block, state, dropout, mixing } = this.own;
    const size = positions.length;
    const features = new Float32Array(size * sizeOf(block.shape));
    await block.gather(positions, features);
    const labels = labelRows(bench.labels, positions, bench.classes, configuration.labelSmoothing);
    const weights = Float32Array.from(positions, (i) => (this.balance[bench.labels[i] as number] as number) / size);
    mixBatch({ features, shape: block.shape, labels, weights, size }, configuration, mixing);
    const program = await bench.programs.training(tail, size, this.options);
    const outputs = await program.run(state, {
      features,
      labels,
      weights,
      mask: dropoutMask(size * pooledChannels(tail), configuration.dropout, dropout),
      ...ratesOf(configuration, tail, rate, step),
      ...scalarsOf(configuration, this.options),
    });
    return outputs['loss']?.[0] as number;
  }
}

function stepOptions(configuration: TrainingConfiguration, tail: Tail): StepOptions {
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

/** The rates to feed at a step: the head's and the top block's are equal, each block below has a share. */
function ratesOf(
  configuration: TrainingConfiguration,
  tail: Tail,
  rate: number,
  step: number,
): Record<string, Float32Array> {
  const { effectiveRate } = optimizerOf(configuration);
  const feeds: Record<string, Float32Array> = { plainRate: Float32Array.of(rate) };
  for (const { below } of trainedParameters(tail)) {
    const share = configuration.blockDecay ** Math.max(0, below);
    feeds[rateName(below)] = Float32Array.of(effectiveRate(rate * share, step));
  }
  return feeds;
}

function scalarsOf(
  configuration: TrainingConfiguration,
  { penalties, clips }: StepOptions,
): Partial<Record<PenaltyName | 'clipNorm', Float32Array>> {
  const fields = [...penalties, ...(clips ? (['clipNorm'] as const) : [])];
  return Object.fromEntries(fields.map((field) => [field, Float32Array.of(configuration[field])]));
}
