// Resizing of images and of tables of positions: a matrix along each axis, so that the gradient is its transpose.
import type { Value } from '../../graph/graph.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { reshape } from '../../graph/operations/reshape.js';
import { transpose } from '../../graph/operations/transpose.js';
import { must } from '../../system/must.js';
import { boundedCount, sizeOfShape } from '../known.js';
import { type NodeView, type Operator, axisOf, lengthOf, rankOf } from '../node-view.js';
import { type Context, NoGradient, flow } from '../traced.js';

export interface ResizeRule {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  /** How a place of the result maps to a place of the source. */
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly excludeOutside: boolean;
  /** Whether shrinking averages over as many sources as it leaves out. */
  readonly antialias: boolean;
}

/** The weights [to, from] of a resize along one axis (ONNX, operator Resize). `scale` is to / from, or what the file says. */
export function resizeMatrix(from: number, to: number, scale: number, rule: ResizeRule): Float32Array {
  const matrix = new Float32Array(boundedCount(to * from, 'weights of a resize'));
  for (let i = 0; i < to; i++) {
    const place = placeOf(i, from, to, scale, rule.coordinates);
    const weights =
      rule.mode === 'nearest' ? [[nearestOf(place, rule.nearest), 1] as const] : weightsAt(place, scale, rule);
    const inside = rule.excludeOutside ? weights.filter(([at]) => at >= 0 && at < from) : weights;
    const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [at, weight] of inside) {
      const source = i * from + Math.min(Math.max(at, 0), from - 1);
      matrix[source] = must(matrix[source], 'a weight') + weight / total;
    }
  }
  return matrix;
}

function placeOf(i: number, from: number, to: number, scale: number, coordinates: string): number {
  switch (coordinates) {
    case 'asymmetric':
      return i / scale;
    case 'align_corners':
      return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    case 'pytorch_half_pixel':
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case 'tf_half_pixel_for_nn':
      return (i + 0.5) / scale;
    case 'half_pixel_symmetric': {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
    }
    case 'half_pixel':
      return (i + 0.5) / scale - 0.5;
    default:
      throw new NoGradient(`a resize with coordinates ${coordinates}`);
  }
}

function nearestOf(place: number, mode: string): number {
  switch (mode) {
    case 'floor':
      return Math.floor(place);
    case 'ceil':
      return Math.ceil(place);
    case 'round_prefer_ceil':
      return Math.floor(place + 0.5);
    default:
      return Math.ceil(place - 0.5);
  }
}

/** That one place of a result may average over. */
const MOST_SOURCES = 2 ** 16;

/** Of the sources around a place. */
function weightsAt(
  place: number,
  scale: number,
  { mode, cubic, antialias }: ResizeRule,
): (readonly [number, number])[] {
  const stretch = antialias ? Math.max(1, 1 / scale) : 1;
  const support = (mode === 'linear' ? 1 : 2) * stretch;
  const first = Math.floor(place - support) + 1;
  const last = Math.ceil(place + support) - 1;
  const weight = mode === 'linear' ? triangle : (x: number): number => keys(x, cubic);
  return Array.from(
    { length: boundedCount(Math.max(1, last - first + 1), 'sources of a resized place', MOST_SOURCES) },
    (_, k) => [first + k, weight((first + k - place) / stretch)] as const,
  );
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

/** Cubic convolution (Keys 1981) with its free parameter. */
function keys(x: number, a: number): number {
  const d = Math.abs(x);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

function ruleOf(view: NodeView, isUpsample: boolean): ResizeRule {
  const mode = view.text('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'cubic') throw new NoGradient(`a resize by ${mode}`);
  return {
    mode,
    coordinates: isUpsample ? 'asymmetric' : view.text('coordinate_transformation_mode', 'half_pixel'),
    nearest: isUpsample ? 'floor' : view.text('nearest_mode', 'round_prefer_floor'),
    cubic: view.float('cubic_coeff_a', -0.75),
    excludeOutside: view.int('exclude_outside', 0) === 1 || view.int('antialias', 0) === 1,
    antialias: view.int('antialias', 0) === 1,
  };
}

/** x with one axis mapped by a matrix [to, from]. */
export function alongAxis(context: Context, x: Value, axis: number, matrix: Float32Array, to: number): Value {
  const { g } = context;
  const from = must(x.shape[axis], 'an axis');
  const rank = x.shape.length;
  const exchange = x.shape.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  const turned = transpose(g, x, exchange);
  const rows = reshape(g, turned, [sizeOfShape(x.shape) / from, from]);
  const mapped = matMul(g, rows, g.constant(matrix, [to, from]), { transposeB: true });
  const shape = [...turned.shape.slice(0, -1), to];
  return transpose(g, reshape(g, mapped, shape), exchange);
}

function resizing(isUpsample: boolean): Operator {
  return (context, view) => {
    const x = view.input(0);
    const rank = rankOf(x);
    const axes = view.ints('axes')?.map((axis) => axisOf(axis, rank)) ?? x.shape.map((_, i) => i);
    const numbers = (index: number): readonly number[] => {
      const given = view.optional(index);
      return given === undefined ? [] : [...context.known(given, 'the sizes').data];
    };
    const scales = isUpsample ? (view.ints('scales') ?? numbers(1)) : numbers(context.opset < 11 ? 1 : 2);
    const sizes = isUpsample ? [] : numbers(3);
    const rule = ruleOf(view, isUpsample || context.opset < 11);
    if (view.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
      throw new NoGradient('a resize that keeps proportions');
    let value = context.plain(x);
    axes.forEach((axis, i) => {
      const from = lengthOf(x, axis);
      const given = scales[i];
      const to = sizes[i] ?? Math.floor(from * (given ?? 1));
      const scale = given ?? to / from;
      if (to === from && (scale === 1 || given === undefined)) return;
      value = alongAxis(context, value, axis, resizeMatrix(from, to, scale, rule), to);
    });
    return [flow(value)];
  };
}

export const RESIZES: Readonly<Record<string, Operator>> = {
  Resize: resizing(false),
  Upsample: resizing(true),
};
