// One epoch of training: batches drawn, features gathered, steps taken.
import { RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { DeviceState } from '../engines/engine.js';
import { sizeOf } from '../graph/host-tensor.js';
import { classWeights, epochBatches } from './batches.js';
import { dropoutMask } from './dropout.js';
import { labelRows } from './labels.js';
import { mixBatch } from './mixing.js';
import { optimizerOf } from './optimizers.js';
import { PENALTIES, type PenaltyName } from './penalties.js';
import { type SchedulePlace, rateFactor } from './schedules.js';
import { type Tail, cutOf, pooledChannels, trainedParameters } from './tail.js';
import { type StepOptions, rateName } from './tail-graphs.js';
import type { TrialPlan, Workbench } from './workbench.js';

/** A loss of so many times that of guessing has left everything that could still be learned from. */
const EXPLODED = 1e6;

export interface EpochPlan {
  /** Counted from 1. */
  readonly epoch: number;
  readonly tail: Tail;
  /** Optimizer steps taken in this phase before. */
  readonly stepsBefore: number;
  /** Where in the scheduled part the epoch begins; undefined in the head phase, whose rate is constant. */
  readonly place: SchedulePlace | undefined;
}

/** Takes the steps of one epoch; returns their number and the mean loss of the images. Throws ERR_DIVERGED. */
export async function trainEpoch(
  bench: Workbench,
  plan: TrialPlan,
  state: DeviceState,
  { epoch, tail, stepsBefore, place }: EpochPlan,
): Promise<{ readonly steps: number; readonly loss: number }> {
  const { configuration, identity } = plan;
  const block = await bench.features.open(cutOf(tail), { split: 'train', ...guiseOf(configuration, epoch) });
  const batches = epochBatches(identity, epoch, bench.labels, configuration.batchSize, configuration.sampling);
  const dropout = RandomStream.of(identity.seed, 'dropout', identity.trial, epoch);
  const mixing = RandomStream.of(identity.seed, 'mixing', identity.trial, epoch);
  const balance = classWeights(bench.labels, bench.classes, configuration.classWeights);
  const options = stepOptions(configuration, tail);
  let total = 0;
  let steps = 0;
  for (const positions of batches) {
    const size = positions.length;
    const features = new Float32Array(size * sizeOf(block.shape));
    await block.gather(positions, features);
    const labels = labelRows(bench.labels, positions, bench.classes, configuration.labelSmoothing);
    const weights = Float32Array.from(positions, (i) => (balance[bench.labels[i] as number] as number) / size);
    mixBatch({ features, shape: block.shape, labels, weights, size }, configuration, mixing);
    const rates = ratesOf(
      configuration,
      tail,
      rateAt(configuration, place, steps / batches.length),
      stepsBefore + ++steps,
    );
    const program = await bench.programs.training(tail, size, options);
    const outputs = await program.run(state, {
      features,
      labels,
      weights,
      mask: dropoutMask(size * pooledChannels(tail), configuration.dropout, dropout),
      ...rates,
      ...scalarsOf(configuration, options),
    });
    const loss = outputs['loss']?.[0] as number;
    if (!(loss < EXPLODED * Math.log(bench.classes))) {
      throw new HpoError('ERR_DIVERGED', `the training loss became ${loss} at step ${steps} of epoch ${epoch}`);
    }
    total += loss * size;
  }
  return { steps, loss: total / bench.labels.length };
}

/** How the training images of an epoch look. */
function guiseOf({ augmentation, views }: TrainingConfiguration, epoch: number): { strategy: string; view: number } {
  return { strategy: augmentation, view: augmentation === 'none' ? 0 : (epoch - 1) % views };
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

function rateAt(configuration: TrainingConfiguration, place: SchedulePlace | undefined, share: number): number {
  if (place === undefined) return configuration.headLearningRate;
  return configuration.learningRate * rateFactor(configuration, { ...place, position: place.position + share });
}

/** The rates to feed at a step (counted from 1): the head's and the top block's are equal, each block below has a share. */
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
