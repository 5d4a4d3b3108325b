// Update rules, each written once as graph operations; what changes from step to step comes in as the rate.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { add, divide, multiply, subtract } from '../graph/operations/arithmetic.js';
import { sqrt, square } from '../graph/operations/elementwise.js';

export type OptimizerName = TrainingConfiguration['optimizer'];

export interface Updated {
  readonly parameter: Value;
  readonly slots: readonly Value[];
}

export interface Optimizer {
  /** Names of the arrays kept beside each parameter, shaped like it, starting at zero. */
  readonly slots: readonly string[];
  /** The rate to feed at a step (counted from 1), bias corrections included. */
  effectiveRate(rate: number, step: number): number;
  update(g: GraphBuilder, parameter: Value, gradient: Value, slots: readonly Value[], rate: Value): Updated;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;
const MOMENTUM = 0.9;
const RHO = 0.9;

/** a ← factor · a + (1 − factor) · b. */
function movingAverage(g: GraphBuilder, average: Value, value: Value, factor: number): Value {
  return add(g, multiply(g, average, g.scalar(factor)), multiply(g, value, g.scalar(1 - factor)));
}

/**
 * Kingma & Ba 2015, in the form at the end of its section 2, as Keras has it:
 * w ← w − rate · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε).
 */
const adam: Optimizer = {
  slots: ['m', 'v'],
  effectiveRate: (rate, step) => (rate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step),
  update(g, parameter, gradient, [m, v], rate) {
    const mean = movingAverage(g, m as Value, gradient, BETA1);
    const variance = movingAverage(g, v as Value, square(g, gradient), BETA2);
    const direction = divide(g, mean, add(g, sqrt(g, variance), g.scalar(EPSILON)));
    return { parameter: subtract(g, parameter, multiply(g, direction, rate)), slots: [mean, variance] };
  },
};

/** Momentum as Keras has it: u ← μ·u − rate·g, w ← w + u. */
const sgd: Optimizer = {
  slots: ['momentum'],
  effectiveRate: (rate) => rate,
  update(g, parameter, gradient, [momentum], rate) {
    const velocity = subtract(g, multiply(g, momentum as Value, g.scalar(MOMENTUM)), multiply(g, gradient, rate));
    return { parameter: add(g, parameter, velocity), slots: [velocity] };
  },
};

/** Tieleman & Hinton 2012, as Keras has it: v ← ρ·v + (1 − ρ)·g², w ← w − rate · g / √(v + ε). */
const rmsprop: Optimizer = {
  slots: ['v'],
  effectiveRate: (rate) => rate,
  update(g, parameter, gradient, [v], rate) {
    const variance = movingAverage(g, v as Value, square(g, gradient), RHO);
    const direction = divide(g, gradient, sqrt(g, add(g, variance, g.scalar(EPSILON))));
    return { parameter: subtract(g, parameter, multiply(g, direction, rate)), slots: [variance] };
  },
};

export const OPTIMIZERS: Readonly<Record<OptimizerName, Optimizer>> = { adam, sgd, rmsprop };

/** The state entry of a parameter's slot. */
export function slotName(slot: string, parameter: string): string {
  return `${slot}:${parameter}`;
}
