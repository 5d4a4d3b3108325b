// From what a model file makes last to one vector for each image.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { slice } from '../../graph/operations/concat.js';
import { reduceMean } from '../../graph/operations/reduce.js';
import { reshape } from '../../graph/operations/reshape.js';
import { HpoError } from '../../study/errors.js';
import type { BackboneConfiguration } from '../../study/schema/backbone-schema.js';
import { must } from '../../system/must.js';

type Pool = BackboneConfiguration['pool'];

interface Pooling {
  readonly channels: number;
  /** Axes of [batch, …] over which the mean is taken; none for a class token. */
  readonly axes: readonly number[];
  readonly isToken: boolean;
}

/** How features of one image [C], tokens [N, C] or a map become a vector. */
export function poolingOf(shape: readonly number[], pool: Pool, place: string): Pooling {
  const refuse = (expected: string): HpoError => {
    const message = `expected ${expected}, got features [${shape.join(', ')}] of ${place} at backbone.pool`;
    return new HpoError('ERR_BACKBONE', message);
  };
  const [a = 1, b = 1, c = 1] = shape;
  if (shape.length === 1) {
    if (pool === 'classToken') throw refuse('tokens for classToken');
    return { channels: a, axes: [], isToken: false };
  }
  if (shape.length === 2) {
    const hasToken = !isSquare(a) && TOKENS.some((tokens) => isSquare(a - tokens));
    const isToken = pool === 'classToken' || (pool !== 'mean' && hasToken);
    return { channels: b, axes: isToken ? [] : [1], isToken };
  }
  if (shape.length !== 3) throw refuse('a vector, tokens or a map for each image');
  if (pool === 'classToken') throw refuse('tokens for classToken');
  // Of [C, H, W] and [H, W, C] the equal ones are the sides of square images.
  return a === b && b !== c
    ? { channels: c, axes: [1, 2], isToken: false }
    : { channels: a, axes: [2, 3], isToken: false };
}

/** Before those of the image: a class token, with a distillation token or four registers (DINOv2, DINOv3). */
const TOKENS = [1, 2, 5];

function isSquare(n: number): boolean {
  return n > 0 && Number.isInteger(Math.sqrt(n));
}

/** [channels] of the features of one image. @throws HpoError ERR_BACKBONE where they cannot be pooled so. */
export function poolShape(shape: readonly number[], pool: Pool, place: string): readonly number[] {
  return [poolingOf(shape, pool, place).channels];
}

/** [batch, …] to [batch, channels]. */
export function pool(g: GraphBuilder, x: Value, wanted: Pool, place: string): Value {
  const { channels, axes } = poolingOf(x.shape.slice(1), wanted, place);
  if (x.shape.length === 2) return x;
  if (axes.length > 0) return reduceMean(g, x, axes);
  return reshape(g, slice(g, x, 1, 0, 1), [must(x.shape[0], 'a batch'), channels]);
}
