// BatchNorm (Ioffe, Szegedy 2015, arXiv 1502.03167) as Keras has it, composed of graph operations.
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { add, multiply, subtract } from '../graph/operations/arithmetic.js';
import { rsqrt, square } from '../graph/operations/elementwise.js';
import { reduceMean } from '../graph/operations/reduce.js';
import type { BatchNormLayer } from './backbone.js';
import type { LayerContext } from './forward.js';

/**
 * γ · (x − μ) / √(σ² + ε) + β over the channels of x [B, H, W, C]. In inference μ and σ² are the moving averages. In training they are
 * the batch's mean and biased variance, and the averages move: average ← m · average + (1 − m) · batch (Keras 3, BatchNormalization).
 */
export function batchNormalization(g: GraphBuilder, layer: BatchNormLayer, x: Value, context: LayerContext): Value {
  const { parameters, mode } = context;
  const weight = (name: string): Value => parameters(`${layer.name}/${name}`);
  const normalised = (mean: Value, variance: Value): Value => {
    const inverse = rsqrt(g, add(g, variance, g.scalar(layer.epsilon)));
    const scale = layer.scale ? multiply(g, weight('gamma'), inverse) : inverse;
    const shift = subtract(g, weight('beta'), multiply(g, mean, scale));
    return add(g, multiply(g, x, scale), shift);
  };
  if (mode === 'inference') return normalised(weight('moving_mean'), weight('moving_variance'));
  const mean = reduceMean(g, x, [0, 1, 2]);
  const variance = reduceMean(g, square(g, subtract(g, x, mean)), [0, 1, 2]);
  for (const [name, batch] of [
    ['moving_mean', mean],
    ['moving_variance', variance],
  ] as const) {
    const kept = multiply(g, weight(name), g.scalar(layer.momentum));
    const moved = add(g, kept, multiply(g, batch, g.scalar(1 - layer.momentum)));
    context.onStatistics?.(`${layer.name}/${name}`, moved);
  }
  return normalised(mean, variance);
}
