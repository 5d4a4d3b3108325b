// A graph vectorised, as by JAX's vmap: every input, parameter, output and update has one more dimension, in front.
import { GraphBuilder } from './builder.js';
import { graphError } from './checks.js';
import type { Graph, Value } from './graph.js';
import { sizeOf } from './host-tensor.js';
import { operationOf } from './operations/registry.js';
import { type ReduceNode, broadcastTo, isReduction, isSumOfRows } from './operations/reduce.js';
import { reshape } from './operations/reshape.js';
import { must } from '../system/must.js';

/** onnxruntime's sums come out in the same order wherever an array begins at a multiple of so many numbers. */
const ALIGNMENT = 4;

/**
 * A graph that runs `copies` of a graph at once, which do not affect each other, by a rule of each operation. One
 * run costs the overhead of one, so it pays where arrays are small.
 * @throws HpoError ERR_GRAPH where an operation has no such rule, or a value that differs between copies is no plain array.
 */
export function vmap(graph: Graph, copies: number): Graph {
  const g = new GraphBuilder(graph.precision);
  const values = new Map<number, Value>();
  const widen = ({ shape, role }: Value): number[] => {
    if (role !== 'plain') throw graphError('vmap', 'plain arrays', role);
    return [copies, ...shape];
  };
  for (const { name, value, type } of graph.inputs) values.set(value.id, g.input(name, widen(value), { type }));
  for (const { name, value } of graph.parameters) values.set(value.id, g.parameter(name, widen(value)));
  for (const { value, tensor } of graph.constants) {
    values.set(value.id, g.constant(tensor.data, value.shape, value.role));
  }
  for (const node of graph.nodes) {
    const operation = operationOf(node.op);
    const inputs = node.inputs.map(({ id }) => must(values.get(id), 'a value of the graph'));
    const differs = node.inputs.some((original, i) => isMapped(must(inputs[i], 'an input'), original));
    const result = differs ? operation.vmap?.(g, node, inputs, copies) : g.add(operation, inputs, node.attributes);
    if (result === undefined) throw graphError(node.op, 'an operation with a rule for vmap', 'none');
    values.set(node.output.id, result);
  }
  const inEachCopy = (original: Value): Value => {
    const value = must(values.get(original.id), 'a value of the graph');
    if (isMapped(value, original)) return value;
    return broadcastTo(g, reshape(g, value, [1, ...value.shape]), [copies, ...value.shape]);
  };
  for (const { name, value } of graph.outputs) g.output(name, inEachCopy(value));
  for (const { parameter, value } of graph.updates) g.update(parameter, inEachCopy(value));
  return g.build();
}

/**
 * Whether each copy gives the same bits as the graph alone, on the onnx engine with one thread. Its products do, and all that works
 * element by element; its sums depend on where in memory an array begins, and on which dimensions are summed.
 */
export function vmapKeepsBits(graph: Graph): boolean {
  return graph.nodes.filter(isReduction).every(keepsBits);
}

function keepsBits(node: ReduceNode): boolean {
  if (isSumOfRows(node)) return true;
  const { shape } = node.inputs[0];
  const { axes } = node.attributes;
  const areLast = axes.every((axis) => axis >= shape.length - axes.length);
  return areLast && sizeOf(shape) % ALIGNMENT === 0;
}

function isMapped(value: Value, original: Value): boolean {
  return value.shape.length > original.shape.length;
}
