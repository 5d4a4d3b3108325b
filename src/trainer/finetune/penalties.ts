// Regularisers: terms of the loss that keep weights small, sparse, or near their start.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { add, multiply, subtract } from '../../graph/operations/arithmetic.js';
import { abs, square } from '../../graph/operations/elementwise.js';
import { reduceSum } from '../../graph/operations/reduce.js';
import type { TrainedParameter } from './tail.js';

/** Terms whose weight is a graph input of the same name, shape []. */
export const PENALTIES = ['l1', 'l2', 'l2sp', 'ewc'] as const;
export type PenaltyName = (typeof PENALTIES)[number];

/** State entries beside each backbone weight, for l2sp and ewc: its start, and its importance. */
export const startName = (parameter: string): string => `start:${parameter}`;
export const importanceName = (parameter: string): string => `importance:${parameter}`;

export interface PenalisedParameter extends TrainedParameter {
  readonly value: Value;
}

/** The sum of the terms, shape []; undefined where there is none. */
export function penaltyOf(
  g: GraphBuilder,
  names: readonly PenaltyName[],
  parameters: readonly PenalisedParameter[],
): Value | undefined {
  const terms = names.flatMap((name) => {
    const sums = parameters
      .filter((parameter) => applies(name, parameter))
      .map((one) => reduceSum(g, term(g, name, one)));
    return sums.length === 0
      ? []
      : [
          multiply(
            g,
            sums.reduce((total, sum) => add(g, total, sum)),
            g.input(name, []),
          ),
        ];
  });
  return terms.length === 0 ? undefined : terms.reduce((total, one) => add(g, total, one));
}

/** l1 and l2 shrink all kernels. The others hold every backbone weight, and leave the new head free. */
export function applies(name: PenaltyName, { isKernel, below }: TrainedParameter): boolean {
  return name === 'l1' || name === 'l2' ? isKernel : below >= 0;
}

/**
 * l1 Σ|w| and l2 Σw² as Keras's regularizers; l2sp Σ(w − w₀)² (Li, Grandvalet & Davoine 2018); ewc ΣF(w − w₀)² (Kirkpatrick et al. 2017),
 * F as in importance.ts: scaled to a mean of 1, so that l2sp and ewc of equal weight pull equally.
 */
function term(g: GraphBuilder, name: PenaltyName, { name: parameter, value }: PenalisedParameter): Value {
  switch (name) {
    case 'l1':
      return abs(g, value);
    case 'l2':
      return square(g, value);
    case 'l2sp':
      return square(g, subtract(g, value, startOf(g, parameter, value)));
    case 'ewc': {
      const importance = g.parameter(importanceName(parameter), value.shape, value.role);
      return multiply(g, importance, square(g, subtract(g, value, startOf(g, parameter, value))));
    }
  }
}

function startOf(g: GraphBuilder, parameter: string, value: Value): Value {
  return g.parameter(startName(parameter), value.shape, value.role);
}
