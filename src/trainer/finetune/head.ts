// The new last layer: pooled features to class scores.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { add } from '../../graph/operations/arithmetic.js';
import { matMul } from '../../graph/operations/mat-mul.js';

export const HEAD_KERNEL = 'head/kernel';
export const HEAD_BIAS = 'head/bias';

/** Scores [batch, classes] of pooled features [batch, channels]. */
export function headScores(g: GraphBuilder, pooled: Value, classes: number): Value {
  const kernel = g.parameter(HEAD_KERNEL, [pooled.shape[1] as number, classes]);
  return add(g, matMul(g, pooled, kernel), g.parameter(HEAD_BIAS, [classes]));
}

/**
 * A head to begin with: zero, so that the first loss is that of guessing, whatever the scale of the features. A single linear layer has no
 * symmetry that random numbers would have to break.
 */
export function initialHead(channels: number, classes: number): Map<string, HostTensor> {
  return new Map<string, HostTensor>([
    [HEAD_KERNEL, { shape: [channels, classes], role: 'plain', data: new Float32Array(channels * classes) }],
    [HEAD_BIAS, { shape: [classes], role: 'plain', data: new Float32Array(classes) }],
  ]);
}
