// Operators that take parts of arrays, and those that put margins around them.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { pad, slice } from '../../graph/operations/concat.js';
import { gather } from '../../graph/operations/gather.js';
import { reshape } from '../../graph/operations/reshape.js';
import { HpoError } from '../../study/errors.js';
import { must } from '../../system/must.js';
import { boundedCount, gatherKnown, sizeOfShape, sliceKnown } from '../known.js';
import { type Operator, axisOf, lengthOf, rankOf } from '../node-view.js';
import { type Context, NoGradient, type Traced, flow, knownValue } from '../traced.js';
import { along, listOf, reshaped } from './shapes.js';
import { padWith } from './windows.js';

const sliceOut: Operator = (context, view) => {
  let x = view.input(0);
  const starts = listOf(context, view, 1, 'starts') ?? [];
  const ends = listOf(context, view, 2, 'ends') ?? [];
  const axes = listOf(context, view, 3, 'axes') ?? starts.map((_, i) => i);
  const steps =
    view.optional(4) === undefined ? starts.map(() => 1) : [...context.known(view.input(4), 'the steps').data];
  axes.forEach((given, i) => {
    const axis = axisOf(given, rankOf(x));
    x = cut(context, x, axis, rangeOf(lengthOf(x, axis), starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1));
  });
  return [x];
};

interface Range {
  readonly begin: number;
  readonly count: number;
  readonly step: number;
}

/** As numpy reads start, end and step. */
function rangeOf(length: number, start: number, end: number, step: number): Range {
  const bounded = (index: number, low: number, high: number): number =>
    Math.min(Math.max(index < 0 ? index + length : index, low), high);
  if (step > 0) {
    const begin = bounded(start, 0, length);
    return { begin, count: Math.max(0, Math.ceil((bounded(end, 0, length) - begin) / step)), step };
  }
  const begin = bounded(start, 0, length - 1);
  const last = end < -length ? -1 : bounded(end, -1, length - 1);
  return { begin, count: Math.max(0, Math.ceil((begin - last) / -step)), step };
}

function cut(context: Context, x: Traced, axis: number, { begin, count, step }: Range): Traced {
  const isRead = context.isKnown(x) || step < 0;
  const indices = Array.from(
    { length: isRead ? boundedCount(count, 'entries of an axis') : 0 },
    (_, i) => begin + i * step,
  );
  if (context.isKnown(x)) return knownValue(sliceKnown(context.known(x, 'numbers'), axis, indices));
  if (count === 0)
    return knownValue({
      shape: x.shape.map((d, i) => (i === axis ? 0 : d)),
      data: new Float64Array(0),
      integer: false,
    });
  if (step === 1) return along(x, axis, context, (g, value, own) => slice(g, value, own, begin, count));
  if (step < 0) return along(x, axis, context, (g, value, own) => gather(g, value, own, indices));
  return flow(strided(context.g, context.plain(x), axis, { begin, count, step }));
}

/** Every step-th entry: the first of each run of `step`. */
function strided(g: GraphBuilder, x: Value, axis: number, { begin, count, step }: Range): Value {
  const before = sizeOfShape(x.shape.slice(0, axis));
  const after = sizeOfShape(x.shape.slice(axis + 1));
  const length = must(x.shape[axis], 'an axis');
  const used = Math.min(length - begin, count * step);
  const rows = slice(g, reshape(g, x, [before, length, after]), 1, begin, used);
  const whole = pad(g, rows, [
    [0, 0],
    [0, count * step - used],
    [0, 0],
  ]);
  const first = slice(g, reshape(g, whole, [before * count, step, after]), 1, 0, 1);
  return reshape(
    g,
    first,
    x.shape.map((d, i) => (i === axis ? count : d)),
  );
}

const splitUp: Operator = (context, view) => {
  const x = view.input(0);
  const axis = axisOf(view.int('axis', 0), rankOf(x));
  const length = lengthOf(x, axis);
  const parts = boundedCount(view.int('num_outputs', view.outputCount), 'parts');
  const each = Math.ceil(length / parts);
  const sizes =
    listOf(context, view, 1, 'split') ?? Array.from({ length: parts }, (_, i) => Math.min(each, length - i * each));
  let begin = 0;
  return sizes.map((count) => {
    begin += count;
    return cut(context, x, axis, { begin: begin - count, count, step: 1 });
  });
};

const gatherBy: Operator = (context, view) => {
  const [x, given] = [view.input(0), view.input(1)];
  const axis = axisOf(view.int('axis', 0), rankOf(x));
  const indices = context.known(given, 'the indices');
  if (context.isKnown(x)) return [knownValue(gatherKnown(context.known(x, 'numbers'), axis, indices))];
  const length = lengthOf(x, axis);
  const list = [...indices.data].map((index) => (index < 0 ? index + length : index));
  const [first = 0] = list;
  const isRange = list.every((index, i) => index === first + i);
  const picked = isRange
    ? cut(context, x, axis, { begin: first, count: list.length, step: 1 })
    : along(x, axis, context, (g, value, own) => gather(g, value, own, list));
  if (indices.shape.length === 1) return [picked];
  return [reshaped(context, picked, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)])];
};

/** Entries at known places: the axes that an index names are one, and the places a list of numbers along it. */
const gatherPlaces: Operator = (context, view) => {
  const [x, given] = [view.input(0), view.input(1)];
  const places = context.known(given, 'the indices');
  const depth = must(places.shape.at(-1), 'indices');
  if (view.int('batch_dims', 0) !== 0 || depth > rankOf(x)) throw new NoGradient('a gather within batches');
  const axes = x.shape.slice(0, depth);
  const list = Array.from({ length: sizeOfShape(places.shape.slice(0, -1)) }, (_, i) =>
    axes.reduce((at, length, axis) => {
      const index = must(places.data[i * depth + axis], 'an index');
      if (index < -length || index >= length)
        throw new HpoError('ERR_WEIGHTS', `expected an index below ${length}, got ${index}`);
      return at * length + (index < 0 ? index + length : index);
    }, 0),
  );
  const rows = reshape(context.g, context.plain(x), [sizeOfShape(axes), sizeOfShape(x.shape.slice(depth))]);
  const picked = gather(context.g, rows, 0, list);
  return [flow(reshape(context.g, picked, [...places.shape.slice(0, -1), ...x.shape.slice(depth)]))];
};

const padAround: Operator = (context, view) => {
  const x = view.input(0);
  const rank = rankOf(x);
  const pads = listOf(context, view, 1, 'pads') ?? [];
  const axes = listOf(context, view, 3, 'axes')?.map((axis) => axisOf(axis, rank)) ?? x.shape.map((_, i) => i);
  const number =
    view.optional(2) === undefined ? view.float('value', 0) : (context.known(view.input(2), 'the number').data[0] ?? 0);
  const margins = x.shape.map((_, i): [number, number] => {
    const at = axes.indexOf(i);
    return at < 0 ? [0, 0] : [pads[at] ?? 0, pads[at + axes.length] ?? 0];
  });
  if (margins.flat().every((n) => n === 0)) return [x];
  const mode = view.text('mode', 'constant');
  let whole: Traced = x;
  if (mode !== 'constant') {
    margins.forEach(([before, after], axis) => {
      if (before === 0 && after === 0) return;
      const length = lengthOf(whole, axis);
      const total = boundedCount(before + length + after, 'entries of a padded axis');
      const list = Array.from({ length: total }, (_, i) => folded(i - before, length, mode));
      whole = along(whole, axis, context, (g, value, own) => gather(g, value, own, list));
    });
    return [whole];
  }
  margins.forEach(([before, after], axis) => {
    const [begin, count] = [Math.max(0, -before), lengthOf(whole, axis) + Math.min(0, before) + Math.min(0, after)];
    if (before < 0 || after < 0) whole = cut(context, whole, axis, { begin, count, step: 1 });
  });
  const outer = margins.map(([before, after]): [number, number] => [Math.max(0, before), Math.max(0, after)]);
  if (number === 0) {
    if (whole.kind === 'flow' && whole.form === 'image') {
      const [batch, channels, vertical, horizontal] = outer;
      const own = [batch, vertical, horizontal, channels].map((one) => must(one, 'margins of images'));
      return [flow(pad(context.g, context.image(whole), own), 'image')];
    }
    return [flow(pad(context.g, context.plain(whole), outer))];
  }
  const [batch, channels, vertical, horizontal] = outer;
  const isAround = rank === 4 && batch?.every((n) => n === 0) === true && channels?.every((n) => n === 0) === true;
  if (!isAround || vertical === undefined || horizontal === undefined)
    throw new NoGradient('margins of a number other than 0');
  return [flow(padWith(context, context.image(whole), [vertical, horizontal], number), 'image')];
};

/** Which entry stands at a place outside, by the modes of Pad. */
function folded(at: number, length: number, mode: string): number {
  if (mode === 'edge') return Math.min(Math.max(at, 0), length - 1);
  if (mode === 'wrap') return ((at % length) + length) % length;
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = ((at % period) + period) % period;
  return inside < length ? inside : period - inside;
}

export const CUTS: Readonly<Record<string, Operator>> = {
  Slice: sliceOut,
  Split: splitUp,
  Gather: gatherBy,
  GatherND: gatherPlaces,
  Pad: padAround,
};
