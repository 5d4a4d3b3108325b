// The shapes of what operators make that have no gradient here: quantised ones, and others that only infer.
import { must } from '../system/must.js';
import { broadcastShape } from './known.js';
import { type NodeView, axisOf } from './node-view.js';
import { numbersOf } from './tensors.js';

type ShapeOf = (view: NodeView) => readonly number[];

const same: ShapeOf = (view) => view.input(0).shape;
const repeated =
  (second: number): ShapeOf =>
  (view) =>
    broadcastShape(view.input(0).shape, view.input(second).shape);

/** Of convolutions whose image and kernel are these inputs. */
const convolved =
  (kernel: number): ShapeOf =>
  (view) => {
    const [x, w] = [view.input(0).shape, view.input(kernel).shape];
    const list = (name: string, otherwise: number, i: number): number => view.ints(name)?.[i] ?? otherwise;
    const along = (i: number): number => {
      const length = must(x[i + 2], 'a side');
      const stride = list('strides', 1, i);
      if (view.text('auto_pad', 'NOTSET').startsWith('SAME')) return Math.ceil(length / stride);
      const margins = list('pads', 0, i) + list('pads', 0, i + x.length - 2);
      const extent = (must(w[i + 2], 'a side') - 1) * list('dilations', 1, i) + 1;
      return Math.floor((length + margins - extent) / stride) + 1;
    };
    return [must(x[0], 'a batch'), must(w[0], 'channels'), ...x.slice(2).map((_, i) => along(i))];
  };

const multiplied =
  (second: number): ShapeOf =>
  (view) => {
    const [a, b] = [view.input(0).shape, view.input(second).shape];
    return [...broadcastShape(a.slice(0, -2), b.slice(0, -2)), must(a.at(-2), 'rows'), must(b.at(-1), 'columns')];
  };

const pooled: ShapeOf = (view) => view.input(0).shape.map((d, i) => (i < 2 ? d : 1));

const reduced: ShapeOf = (view) => {
  const { shape } = view.input(0);
  const axis = axisOf(view.int('axis', 0), shape.length);
  return view.int('keepdims', 1) === 1 ? shape.map((d, i) => (i === axis ? 1 : d)) : shape.filter((_, i) => i !== axis);
};

/** Of reductions, whose axes are an attribute or a known input. */
const reducedAxes: ShapeOf = (view) => {
  const { shape } = view.input(0);
  const given = view.optional(1);
  const numbers =
    given?.kind === 'known' ? [...given.array.data] : given?.kind === 'file' ? [...numbersOf(given.tensor)] : [];
  const list = view.ints('axes') ?? numbers;
  const axes = list.length === 0 ? shape.map((_, i) => i) : list.map((axis) => axisOf(axis, shape.length));
  return view.int('keepdims', 1) === 1
    ? shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : shape.filter((_, i) => !axes.includes(i));
};

const joined: ShapeOf = (view) => {
  // output scale and zero point, then three inputs for each array.
  const arrays = view.inputs.filter((_, i) => i >= 2 && (i - 2) % 3 === 0).map((_, i) => view.input(2 + 3 * i).shape);
  const first = must(arrays[0], 'an array');
  const axis = axisOf(view.int('axis', 0), first.length);
  return first.map((d, i) => (i === axis ? arrays.reduce((sum, shape) => sum + must(shape[i], 'an axis'), 0) : d));
};

const SHAPES: ReadonlyMap<string, ShapeOf> = new Map<string, ShapeOf>([
  ...[
    'QuantizeLinear',
    'DequantizeLinear',
    'QLinearSigmoid',
    'QLinearLeakyRelu',
    'QLinearSoftmax',
    'Cast',
    'Floor',
    'Ceil',
    'Round',
    'Sign',
    'Sin',
    'Cos',
    'Softmax',
    'BiasGelu',
    'FastGelu',
    'QuickGelu',
    'SkipLayerNormalization',
    'CumSum',
    'Hardmax',
    'IsNaN',
    'Not',
    'BatchNormalization',
    'LRN',
    'MeanVarianceNormalization',
    'Attention',
    'Relu',
    'Clip',
  ].map((name): [string, ShapeOf] => [name, same]),
  ['QLinearConv', convolved(3)],
  ['ConvInteger', convolved(1)],
  ['QLinearMatMul', multiplied(3)],
  ['MatMulInteger', multiplied(1)],
  ['MatMulIntegerToFloat', multiplied(1)],
  ['DynamicQuantizeMatMul', multiplied(1)],
  ['FusedMatMul', multiplied(1)],
  ['FusedConv', convolved(1)],
  ['QLinearAdd', repeated(3)],
  ['QLinearMul', repeated(3)],
  ['QLinearConcat', joined],
  ['QLinearGlobalAveragePool', pooled],
  ['Equal', repeated(1)],
  ['Greater', repeated(1)],
  ['Less', repeated(1)],
  ['Pow', repeated(1)],
  ['ReduceMax', reducedAxes],
  ['ReduceMin', reducedAxes],
  ['ReduceProd', reducedAxes],
  ['ArgMax', reduced],
  ['ArgMin', reduced],
]);

/** The shapes of a node's outputs; undefined where they are not known. */
export function opaqueShapes(view: NodeView): readonly (readonly number[])[] | undefined {
  if (view.node.opType === 'DynamicQuantizeLinear') return [same(view), [], []];
  const shape = SHAPES.get(view.node.opType)?.(view);
  return shape === undefined ? undefined : view.node.outputs.map(() => shape);
}
