// Update rules, each written once as graph operations. Only the rate changes from step to step.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { add, divide, multiply, subtract } from '../../graph/operations/arithmetic.js';
import { sqrt, square } from '../../graph/operations/elementwise.js';

export type OptimizerOptions = Pick<
  TrainingConfiguration,
  'optimizer' | 'momentum' | 'nesterov' | 'beta1' | 'beta2' | 'rho' | 'epsilon' | 'weightDecay'
>;

/** The inputs of an update. Slots have the parameter's shape and start at zero. */
export interface UpdateInputs {
  readonly parameter: Value;
  readonly gradient: Value;
  readonly slots: readonly Value[];
  /** The effective rate, shape []. */
  readonly rate: Value;
  /** The rate before bias corrections, shape []. */
  readonly plainRate: Value;
  /** Decoupled weight decay applies to kernels, not to biases and normalisation. */
  readonly isKernel: boolean;
}

export interface Updated {
  readonly parameter: Value;
  readonly slots: readonly Value[];
}

export interface Optimizer {
  /** Names of the optimizer's arrays for each parameter. */
  readonly slots: readonly string[];
  /** The rate to feed at a step (counted from 1), bias corrections included. */
  effectiveRate(rate: number, step: number): number;
  update(g: GraphBuilder, inputs: UpdateInputs): Updated;
}

/** The optimizer of these options. */
export function optimizerOf(options: OptimizerOptions): Optimizer {
  switch (options.optimizer) {
    case 'adam':
      return adam(options, 0);
    case 'adamw':
      return adam(options, options.weightDecay);
    case 'sgd':
      return sgd(options);
    case 'rmsprop':
      return rmsprop(options);
  }
}

/** The state entry of a parameter's slot. */
export function stateName(slot: string, parameter: string): string {
  return `${slot}:${parameter}`;
}

/** factor · average + (1 − factor) · value. */
function movingAverage(g: GraphBuilder, average: Value, value: Value, factor: number): Value {
  return add(g, multiply(g, average, g.scalar(factor)), multiply(g, value, g.scalar(1 - factor)));
}

/**
 * Kingma & Ba 2015, in the form at the end of its section 2, as Keras has it:
 * w ← w − rate · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε); with decay λ (Loshchilov & Hutter 2019) first w ← w − rate · λ · w.
 */
function adam({ beta1, beta2, epsilon }: OptimizerOptions, decay: number): Optimizer {
  return {
    slots: ['m', 'v'],
    effectiveRate: (rate, step) => (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step),
    update(g, { parameter, gradient, slots: [m, v], rate, plainRate, isKernel }) {
      const mean = movingAverage(g, m as Value, gradient, beta1);
      const variance = movingAverage(g, v as Value, square(g, gradient), beta2);
      const direction = divide(g, mean, add(g, sqrt(g, variance), g.scalar(epsilon)));
      const decayed =
        decay === 0 || !isKernel
          ? parameter
          : subtract(g, parameter, multiply(g, parameter, multiply(g, plainRate, g.scalar(decay))));
      return { parameter: subtract(g, decayed, multiply(g, direction, rate)), slots: [mean, variance] };
    },
  };
}

/**
 * Momentum as Keras has it: u ← μ·u − rate·g, w ← w + u; Nesterov's (Sutskever et al. 2013, section 2): w ← w + μ·u − rate·g with the
 * new u.
 */
function sgd({ momentum, nesterov }: OptimizerOptions): Optimizer {
  return {
    slots: momentum === 0 ? [] : ['u'],
    effectiveRate: (rate) => rate,
    update(g, { parameter, gradient, slots: [u], rate }) {
      const step = multiply(g, gradient, rate);
      if (u === undefined) return { parameter: subtract(g, parameter, step), slots: [] };
      const velocity = subtract(g, multiply(g, u, g.scalar(momentum)), step);
      const move = nesterov ? subtract(g, multiply(g, velocity, g.scalar(momentum)), step) : velocity;
      return { parameter: add(g, parameter, move), slots: [velocity] };
    },
  };
}

/** Tieleman & Hinton 2012, as Keras has it: v ← ρ·v + (1 − ρ)·g², w ← w − rate · g / √(v + ε). */
function rmsprop({ rho, epsilon }: OptimizerOptions): Optimizer {
  return {
    slots: ['v'],
    effectiveRate: (rate) => rate,
    update(g, { parameter, gradient, slots: [v], rate }) {
      const variance = movingAverage(g, v as Value, square(g, gradient), rho);
      const direction = divide(g, gradient, sqrt(g, add(g, variance, g.scalar(epsilon))));
      return { parameter: subtract(g, parameter, multiply(g, direction, rate)), slots: [variance] };
    },
  };
}
