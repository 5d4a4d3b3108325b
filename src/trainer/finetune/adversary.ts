// Adversarial adaptation to another domain (Ganin et al. 2016, "Domain-Adversarial Training of Neural Networks", JMLR 17): a classifier
// learns to tell the domains apart by the features that enter the head, and a reversed gradient makes the features unlearn it.
import { RandomStream } from '../../math/random.js';
import type { Precision } from '../../study/precision.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { must } from '../../system/must.js';
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { type HostTensor, sizeOf } from '../../graph/host-tensor.js';
import { add, divide, maximum, multiply, subtract } from '../../graph/operations/arithmetic.js';
import { abs, relu, rsqrt, square } from '../../graph/operations/elementwise.js';
import { gradientReversal } from '../../graph/operations/gradient-reversal.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { reduceMean } from '../../graph/operations/reduce.js';
import { softmaxCrossEntropy } from '../../graph/operations/softmax.js';
import type { TrialIdentity } from './batches.js';
import { HEAD_BIAS, HEAD_KERNEL, type TrainedParameter } from './tail.js';

/** The part of adversarial adaptation that shapes the training step's graph. */
export interface Adversary {
  /**
   * Whether a linear map of the features is trained before the head: where no block ever is, nothing else could adapt. It starts as the
   * identity, and is folded into the head's kernel, since both are linear.
   */
  readonly maps: boolean;
}

/** Of a configuration; undefined without adversarial adaptation. */
export function adversaryOf({
  adversarial,
  unfreezeDepth,
}: Pick<TrainingConfiguration, 'adversarial' | 'unfreezeDepth'>): Adversary | undefined {
  return adversarial === 0 ? undefined : { maps: unfreezeDepth === 0 };
}

/** The input for the factor of the reversed gradient. */
export const REVERSAL = 'reversal';
const MAP_KERNEL = 'map/kernel';
const MAP_BIAS = 'map/bias';
/** Hidden units of the domain classifier. */
const UNITS = 64;

/** The domain classifier's place among rates (TrainedParameter.below). */
const DOMAIN = -2;
/** The domain classifier's rate over the head's: one that learns as slowly as the features that flee from it drives them in circles. */
export const DOMAIN_RATE = 10;

/** What the adversary trains besides tail and head; regularisers do not apply. The map is trained at the head's rate. */
export function adversaryParameters({ maps }: Adversary, channels: number): readonly TrainedParameter[] {
  const parameter = (below: number, name: string, ...shape: number[]): TrainedParameter => {
    return { name, shape, role: 'plain', isKernel: false, below };
  };
  return [
    parameter(DOMAIN, 'domain/hidden/kernel', channels, UNITS),
    parameter(DOMAIN, 'domain/hidden/bias', UNITS),
    parameter(DOMAIN, 'domain/kernel', UNITS, 2),
    parameter(DOMAIN, 'domain/bias', 2),
    ...(maps ? [parameter(-1, MAP_KERNEL, channels, channels), parameter(-1, MAP_BIAS, channels)] : []),
  ];
}

/** Where training begins: the map is the identity, the domain classifier's kernels are He's (He et al. 2015), biases are 0. */
export function initialAdversary(
  adversary: Adversary,
  channels: number,
  { seed, trial }: TrialIdentity,
): Map<string, HostTensor> {
  const random = RandomStream.of(seed, 'domain classifier', trial);
  return new Map(
    adversaryParameters(adversary, channels).map(({ name, shape, role }) => {
      const data = new Float32Array(sizeOf(shape));
      if (name === MAP_KERNEL) for (let i = 0; i < channels; i++) data[i * channels + i] = 1;
      else if (shape.length === 2) {
        const scale = Math.sqrt(2 / must(shape[0], 'inputs of a layer'));
        for (let i = 0; i < data.length; i++) data[i] = scale * random.normal();
      }
      return [name, { shape, role, data }];
    }),
  );
}

/** The features [rows, channels] after the map, if there is one. */
export function mappedFeatures(g: GraphBuilder, { maps }: Adversary, pooled: Value): Value {
  if (!maps) return pooled;
  const channels = must(pooled.shape[1], 'channels of the features');
  return add(g, matMul(g, pooled, g.parameter(MAP_KERNEL, [channels, channels])), g.parameter(MAP_BIAS, [channels]));
}

/**
 * The domain classifier's mean cross-entropy, shape []. The first half of the features [rows, channels] is of the source, the other of the
 * target. Before the classifier the gradient is reversed, times the input `reversal` [].
 * @param precision of the graph.
 */
export function domainLoss(g: GraphBuilder, features: Value, precision: Precision = 'float32'): Value {
  const [rows = 0, channels = 0] = features.shape;
  const dense = (x: Value, name: string, ins: number, outs: number): Value =>
    add(g, matMul(g, x, g.parameter(`${name}/kernel`, [ins, outs])), g.parameter(`${name}/bias`, [outs]));
  const reversed = standardized(g, gradientReversal(g, features, g.input(REVERSAL, [])), precision);
  const logits = dense(relu(g, dense(reversed, 'domain/hidden', channels, UNITS)), 'domain', UNITS, 2);
  const isTarget = Array.from({ length: rows }, (_, i) => (i < rows / 2 ? 0 : 1));
  const labels = g.constant(
    isTarget.flatMap((target) => [1 - target, target]),
    [rows, 2],
  );
  return softmaxCrossEntropy(g, logits, labels, g.constant(new Array<number>(rows).fill(1 / rows), [rows]));
}

/** Each channel of x [rows, channels] with mean 0 and variance 1: backbones differ in the scale of their features by a factor of hundreds. */
function standardized(g: GraphBuilder, x: Value, precision: Precision): Value {
  const difference = subtract(g, x, reduceMean(g, x, [0]));
  const centred = precision === 'float16' ? inSmallNumbers(g, difference) : difference;
  const variance = reduceMean(g, square(g, centred), [0]);
  return multiply(g, centred, rsqrt(g, add(g, variance, g.scalar(1e-5))));
}

/** Each channel over its mean absolute value, where that is above 1: the square of a number from 256 on is more than float16 holds. */
function inSmallNumbers(g: GraphBuilder, x: Value): Value {
  return divide(g, x, maximum(g, reduceMean(g, abs(g, x), [0]), g.scalar(1)));
}

/** The factor of the reversed gradient: weight · (2 / (1 + e^(−10 p)) − 1), p the share of the trial's epochs that is done (section 5.2.2). */
export function reversalAt({ adversarial, epochs }: TrainingConfiguration, epoch: number, share: number): number {
  const progress = (epoch - 1 + share) / epochs;
  return adversarial * (2 / (1 + Math.exp(-10 * progress)) - 1);
}

/** The head with the map folded into it: x·(M·W) + (b·W + c) for (x·M + b)·W + c, in double precision. */
export function foldedHead(trained: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const numbers = (name: string): HostTensor => must(trained.get(name), name);
  const [map, shift, kernel, bias] = [MAP_KERNEL, MAP_BIAS, HEAD_KERNEL, HEAD_BIAS].map(numbers) as [
    HostTensor,
    HostTensor,
    HostTensor,
    HostTensor,
  ];
  const [channels = 0, classes = 0] = kernel.shape;
  const times = (row: Float32Array, into: Float64Array): Float64Array => {
    for (let k = 0; k < channels; k++) {
      const factor = row[k] ?? 0;
      for (let c = 0; c < classes; c++) into[c]! += factor * kernel.data[k * classes + c]!;
    }
    return into;
  };
  const folded = new Float32Array(channels * classes);
  for (let i = 0; i < channels; i++) {
    folded.set(times(map.data.subarray(i * channels, (i + 1) * channels), new Float64Array(classes)), i * classes);
  }
  const shifted = Float32Array.from(times(shift.data, Float64Array.from(bias.data)));
  return new Map([
    [HEAD_KERNEL, { ...kernel, data: folded }],
    [HEAD_BIAS, { ...bias, data: shifted }],
  ]);
}

/** Names of what is folded into the head. */
export const MAP_NAMES: readonly string[] = [MAP_KERNEL, MAP_BIAS];
