// The preprocessing of pixels as graph operations.
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { add, multiply } from '../graph/operations/arithmetic.js';
import { conv2d } from '../graph/operations/conv2d.js';
import type { Backbone } from './backbone.js';
import { PREPROCESSING, preprocessingConvolution } from './preprocessing.js';

/** RGB pixels in 0 … 255, [batch, height, width, 3], to what the backbone's first block takes (cut 0). */
export function preprocess(g: GraphBuilder, backbone: Backbone, pixels: Value): Value {
  if (backbone.preprocessing === 'none') return pixels;
  const { kernel, bias } = preprocessingConvolution(backbone.preprocessing);
  const shift = g.constant(bias, [3]);
  const { order } = PREPROCESSING[backbone.preprocessing];
  if (order.some((from, to) => from !== to)) {
    return conv2d(g, pixels, g.constant(kernel, [1, 1, 3, 3], 'kernel'), { bias: shift });
  }
  const scale = g.constant([kernel[0]!, kernel[4]!, kernel[8]!], [3]);
  return add(g, multiply(g, pixels, scale), shift);
}
