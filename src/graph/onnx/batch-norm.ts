// BatchNorm in training, and its parts, as ONNX operators on NCHW images.
import { dim, dims4 } from '../checks.js';
import type { Value } from '../graph.js';
import type { TypedNode } from '../operation.js';
import { must } from '../../system/must.js';
import type { OnnxEmitter } from './emitter.js';

interface Results {
  readonly y: string;
  readonly mean: string;
  readonly variance: string;
}

/** Sums over batch, height and width. */
const OVER_IMAGES = [0, 2, 3];
/** Below so many positions an image a product for each channel of each image costs more than two passes. */
const POSITIONS_WORTH_A_PRODUCT = 128;

/** All three results of one operator: with momentum 0 its running averages are those of the batch. */
export function trainedBatchNorm(
  emitter: OnnxEmitter,
  [x, gamma, beta]: readonly [string, string, string],
  { inputs: [image], attributes: { epsilon } }: TypedNode<{ readonly epsilon: number }, readonly [Value, ...Value[]]>,
): Results {
  const channels = dim(image, 3);
  if (emitter.provider !== 'cpu') return composed(emitter, [x, gamma, beta], channels, epsilon);
  const [first, second] = overwritten(emitter, [x, gamma, beta], channels);
  const attributes = { epsilon: { float: epsilon }, momentum: { float: 0 }, training_mode: 1 };
  const made = emitter.emitMany('BatchNormalization', [x, gamma, beta, first, second], 3, attributes);
  const [y, mean, variance] = made.map((name) => must(name, 'three results'));
  return { y: must(y, 'an image'), mean: must(mean, 'a mean'), variance: must(variance, 'a variance') };
}

/**
 * Running averages to start from, which count nothing. onnxruntime writes the new ones over them, also where they are constants or have
 * other readers, so both are made anew for each operator, and are finite wherever its inputs are.
 */
function overwritten(
  emitter: OnnxEmitter,
  [x, gamma, beta]: readonly [string, string, string],
  channels: number,
): [string, string] {
  const corner = [[0, 0, 0], [1, 1, 1], OVER_IMAGES].map((list) => emitter.ints(list));
  const pixels = emitter.reshape(emitter.emit('Slice', [x, ...corner]), [channels]);
  const first = emitter.emit('Add', [emitter.emit('Add', [pixels, gamma]), beta]);
  return [first, emitter.emit('Neg', [first])];
}

/** Providers for GPUs have the operator for inference alone. */
function composed(
  emitter: OnnxEmitter,
  [x, gamma, beta]: readonly [string, string, string],
  channels: number,
  epsilon: number,
): Results {
  const average = (name: string): string =>
    emitter.emit('ReduceMean', [name, emitter.ints(OVER_IMAGES)], { keepdims: 1 });
  const flat = (name: string): string => emitter.reshape(name, [channels]);
  const wide = (name: string): string => emitter.reshape(name, [1, channels, 1, 1]);
  const mean = average(x);
  const centred = emitter.emit('Sub', [x, mean]);
  const variance = flat(average(emitter.emit('Mul', [centred, centred])));
  const deviation = emitter.emit('Sqrt', [emitter.emit('Add', [variance, emitter.floats([epsilon])])]);
  const scaled = emitter.emit('Mul', [centred, wide(emitter.emit('Div', [gamma, deviation]))]);
  return { y: emitter.emit('Add', [scaled, wide(beta)]), mean: flat(mean), variance };
}

/** Σ dy · (x − μ) of each channel. */
export function centredProducts(
  emitter: OnnxEmitter,
  [dy, x, mean]: readonly [string, string, string],
  image: Value,
): string {
  const [batch, height, width, channels] = dims4(image);
  const positions = height * width;
  const axes = emitter.ints(OVER_IMAGES);
  if (emitter.provider !== 'cpu' || positions < POSITIONS_WORTH_A_PRODUCT) {
    const centred = emitter.emit('Sub', [x, emitter.reshape(mean, [1, channels, 1, 1])]);
    return emitter.emit('ReduceSum', [emitter.emit('Mul', [dy, centred]), axes], { keepdims: 0 });
  }
  // A product of a row with a column reads both once and writes nothing: Σ dy · x − μ · Σ dy, image by image.
  const rows = [dy, x].map((name) => emitter.reshape(name, [batch * channels, 1, positions]));
  const products = emitter.emit('FusedMatMul', rows, { transB: 1 }, 'com.microsoft');
  const slopes = emitter.emit('ReduceSum', [dy, emitter.ints([2, 3])], { keepdims: 0 });
  const rest = emitter.emit('Sub', [emitter.reshape(products, [batch, channels]), emitter.emit('Mul', [slopes, mean])]);
  return emitter.emit('ReduceSum', [rest, emitter.ints([0])], { keepdims: 0 });
}

/** x · scale + shift, which on processors BatchNormalization does in one pass. */
export function onnxAffine(
  emitter: OnnxEmitter,
  [x, scale, shift]: readonly [string, string, string],
  image: Value,
): string {
  const channels = dim(image, 3);
  if (emitter.provider !== 'cpu') {
    const [factor, summand] = [scale, shift].map((name) => emitter.reshape(name, [1, channels, 1, 1]));
    const scaled = emitter.emit('Mul', [x, must(factor, 'a scale')]);
    return emitter.emit('Add', [scaled, must(summand, 'a shift')]);
  }
  const [zeros, ones] = [0, 1].map((number) => emitter.floats(new Float32Array(channels).fill(number), [channels]));
  const statistics = [must(zeros, 'means'), must(ones, 'variances')];
  return emitter.emit('BatchNormalization', [x, scale, shift, ...statistics], { epsilon: { float: 0 } });
}
