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
  const scaleOf = (variance: Value): Value => {
    const inverse = rsqrt(g, add(g, variance, g.scalar(layer.epsilon)));
    return layer.scale ? multiply(g, weight('gamma'), inverse) : inverse;
  };
  if (mode === 'inference') {
    const scale = scaleOf(weight('moving_variance'));
    const shift = subtract(g, weight('beta'), multiply(g, weight('moving_mean'), scale));
    return add(g, multiply(g, x, scale), shift);
  }
  const mean = reduceMean(g, x, [0, 1, 2]);
  const centred = subtract(g, x, mean);
  const variance = reduceMean(g, square(g, centred), [0, 1, 2]);
  for (const [name, batch] of [
    ['moving_mean', mean],
    ['moving_variance', variance],
  ] as const) {
    const kept = multiply(g, weight(name), g.scalar(layer.momentum));
    const moved = add(g, kept, multiply(g, batch, g.scalar(1 - layer.momentum)));
    context.onStatistics?.(`${layer.name}/${name}`, moved);
  }
  return add(g, multiply(g, centred, scaleOf(variance)), weight('beta'));
}
