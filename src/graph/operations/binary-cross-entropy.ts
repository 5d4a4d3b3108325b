// The cross-entropy of independent labels, with which classifiers of several labels an image are trained.
import type { GraphBuilder } from '../builder.js';
import { expectRank, expectShape } from '../checks.js';
import type { Value } from '../graph.js';
import { multiply, subtract } from './arithmetic.js';
import { logSigmoid } from './elementwise.js';
import { reduceSum } from './reduce.js';

/**
 * Σ weights · (−labels · ln σ(logits) − (1 − labels) · ln(1 − σ(logits))), shape []; all three are [B, K], and labels may be soft. Nothing
 * is divided: weights 1/(B·K) make it the mean of Keras's BinaryCrossentropy and PyTorch's BCEWithLogitsLoss. Computed as
 * (1 − labels) · logits − ln σ(logits), so that it is finite for any finite logits, and right where they are 0.
 */
export function binaryCrossEntropy(g: GraphBuilder, logits: Value, labels: Value, weights: Value): Value {
  expectRank('binaryCrossEntropy', logits, 2, 'logits');
  expectShape('binaryCrossEntropy', labels, logits.shape, 'labels');
  expectShape('binaryCrossEntropy', weights, logits.shape, 'weights');
  const absent = multiply(g, subtract(g, g.scalar(1), labels), logits);
  const losses = subtract(g, absent, logSigmoid(g, logits));
  return reduceSum(g, reduceSum(g, multiply(g, weights, losses), [1]));
}
