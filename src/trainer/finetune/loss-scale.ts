// Dynamic loss scaling (Micikevicius et al. 2018, arXiv 1710.03740): float16 gradients that would vanish or overflow do neither.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { add, divide, greater, maximum, minimum, multiply } from '../../graph/operations/arithmetic.js';
import { abs } from '../../graph/operations/elementwise.js';
import { reduceSum } from '../../graph/operations/reduce.js';
import { select } from '../../graph/operations/select.js';

/** State entries: what losses are multiplied by, and the steps since it changed. They are part of the checkpoint. */
export const LOSS_SCALE = 'lossScale';
export const LOSS_SCALE_AGE = 'lossScaleAge';

/** As PyTorch's GradScaler has them. */
const START = 2 ** 16;
const GROWTH = 2;
const BACKOFF = 0.5;
const STEPS_TO_GROW = 2000;
/** Beyond it a sum of few float32 numbers could overflow. */
const MOST = 2 ** 24;
const LARGEST = 3e38;
/** Steps in a row after which the scale cannot fall any more. */
export const STEPS_TO_LEAST = Math.log2(START);

/** The entries of a phase that begins; those of the phase before, where there was one. */
export function lossScaleEntries(known: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const scalar = (number: number): HostTensor => ({ shape: [], role: 'plain', data: Float32Array.of(number) });
  return new Map([
    [LOSS_SCALE, known.get(LOSS_SCALE) ?? scalar(START)],
    [LOSS_SCALE_AGE, known.get(LOSS_SCALE_AGE) ?? scalar(0)],
  ]);
}

export interface ScaledLoss {
  /** What gradients are taken of. */
  readonly loss: Value;
  /** The gradients of the loss itself. */
  unscaled(gradients: readonly Value[]): Value[];
}

export function scaledLoss(g: GraphBuilder, loss: Value): ScaledLoss {
  const scale = g.parameter(LOSS_SCALE, []);
  const inverse = divide(g, g.scalar(1), scale);
  return {
    loss: multiply(g, loss, scale),
    unscaled: (gradients) => gradients.map((gradient) => multiply(g, gradient, inverse)),
  };
}

/** 1 where all numbers of all gradients are finite, else 0. */
export function areFinite(g: GraphBuilder, gradients: readonly Value[]): Value {
  const total = gradients.map((gradient) => reduceSum(g, abs(g, gradient))).reduce((sum, one) => add(g, sum, one));
  return greater(g, g.scalar(LARGEST), total);
}

/** Updates the scale: half of it after a step whose gradients overflowed, which is skipped; twice after many that did not. */
export function updateScale(g: GraphBuilder, isFinite: Value): void {
  const [scale, age] = [g.parameter(LOSS_SCALE, []), g.parameter(LOSS_SCALE_AGE, [])];
  const older = add(g, age, g.scalar(1));
  const isOld = greater(g, older, g.scalar(STEPS_TO_GROW - 0.5));
  const grown = select(g, isOld, minimum(g, multiply(g, scale, g.scalar(GROWTH)), g.scalar(MOST)), scale);
  const shrunk = maximum(g, multiply(g, scale, g.scalar(BACKOFF)), g.scalar(1));
  const zero = multiply(g, age, g.scalar(0));
  g.update(LOSS_SCALE, select(g, isFinite, grown, shrunk));
  g.update(LOSS_SCALE_AGE, select(g, isFinite, select(g, isOld, zero, older), zero));
}
