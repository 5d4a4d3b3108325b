// Lowers a graph to an ONNX model: laid out once, at its borders; every operation by its own lowering.
import type { Graph, GraphNode, Layout, Value } from '../graph.js';
import { must } from '../../system/must.js';
import { operationOf } from '../operations/registry.js';
import { ELEMENT_TYPE, OnnxEmitter } from './emitter.js';
import { inverseOf, laidOutShape, layoutOf, transposed } from './layout.js';
import { encodeModel, type OnnxGraph, type OnnxPort } from './model.js';
import type { Provider } from './provider.js';

/** Names of the model's inputs and outputs; prefixes keep an input, a parameter and an output of one name apart. */
export const portName = {
  input: (name: string): string => `input/${name}`,
  parameter: (name: string): string => `parameter/${name}`,
  output: (name: string): string => `output/${name}`,
  update: (name: string): string => `update/${name}`,
};

export interface Ports {
  readonly inputs: readonly OnnxPort[];
  readonly parameters: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly updates: readonly OnnxPort[];
}

/** The bytes of the model, and its inputs and outputs in the graph's order. @param blockSize of a model that no other program reads. */
export function lowerToOnnx(graph: Graph, provider: Provider, blockSize?: number): { model: Uint8Array; ports: Ports } {
  const { model, ports } = lowerGraph(graph, provider, blockSize);
  return { model: encodeModel(model), ports };
}

/** The same, before it is written as bytes. */
export function lowerGraph(graph: Graph, provider: Provider, blockSize?: number): { model: OnnxGraph; ports: Ports } {
  const readers = new Map<number, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) readers.set(input.id, [...(readers.get(input.id) ?? []), node]);
  }
  const emitter = new OnnxEmitter((value) => readers.get(value.id) ?? [], provider, blockSize);
  const names = new Map<number, string>();

  const inputs = graph.inputs.map(({ name, value, type, layout }): OnnxPort => {
    const port = { name: portName.input(name), shape: shapeIn(value, layout), type };
    const swapped = value.role !== 'plain' && !isLaidOut(value, layout);
    // Bytes are moved as bytes: a quarter of the memory that they fill as numbers.
    const moved = swapped ? emitter.transpose(port.name, layoutOf(value)) : port.name;
    names.set(value.id, type === 'uint8' ? emitter.emit('Cast', [moved], { to: ELEMENT_TYPE.float32 }) : moved);
    return port;
  });
  const parameters = graph.parameters.map(({ name, value }): OnnxPort => {
    names.set(value.id, portName.parameter(name));
    return { name: portName.parameter(name), shape: laidOutShape(value), type: 'float32' };
  });
  for (const { value, tensor } of graph.constants) {
    const data = transposed(tensor.data, value.shape, layoutOf(value));
    names.set(value.id, emitter.floats(data, laidOutShape(value)));
  }
  for (const node of graph.nodes) {
    const operands = node.inputs.map((input) => must(names.get(input.id), 'a lowered value'));
    names.set(node.output.id, operationOf(node.op).onnx(emitter, operands, node));
  }
  const outputs = graph.outputs.map(({ name, value, layout }): OnnxPort => {
    const port: OnnxPort = { name: portName.output(name), shape: shapeIn(value, layout), type: 'float32' };
    const result = must(names.get(value.id), 'a lowered value');
    const back = inverseOf(layoutOf(value));
    emitter.expose(isLaidOut(value, layout) ? result : emitter.transpose(result, back), port.name);
    return port;
  });
  const updates = graph.updates.map(({ parameter, value }): OnnxPort => {
    const shape = laidOutShape(value);
    const port: OnnxPort = { name: portName.update(parameter), shape, type: 'float32' };
    emitter.expose(must(names.get(value.id), 'a lowered value'), port.name);
    return port;
  });
  const model = {
    nodes: emitter.finish(),
    constants: emitter.constants,
    inputs: [...inputs, ...parameters],
    outputs: [...outputs, ...updates],
  };
  return { model, ports: { inputs, parameters, outputs, updates } };
}

/** Whether a value in that layout at the border lies as it does within the graph. */
function isLaidOut(value: Value, layout: Layout): boolean {
  return value.role === 'plain' || (value.role === 'image' && layout === 'NCHW');
}

function shapeIn(value: Value, layout: Layout): readonly number[] {
  return isLaidOut(value, layout) ? laidOutShape(value) : value.shape;
}
