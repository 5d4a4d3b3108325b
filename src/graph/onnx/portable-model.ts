// A graph as an ONNX file for other programs: plain port names, any batch size, weights as float32 or float16, texts about it.
import { halvedWeights } from '../../math/half-precision.js';
import { graphError } from '../checks.js';
import type { Graph } from '../graph.js';
import type { WeightType } from '../host-tensor.js';
import { ELEMENT_TYPE, type OnnxConstant, type OnnxNode } from './emitter.js';
import { lowerGraph, portName } from './lower.js';
import { encodeModel, type ModelPort, type ModelTexts, type OnnxGraph } from './model.js';
import { withStandardOperators } from './standard-operators.js';

/** The first dimension of every input and output. */
const BATCH = 'batch';

export interface PortableOptions extends ModelTexts {
  readonly dtype: WeightType;
}

/**
 * The bytes of a model file. Its ports have the names of the graph's inputs and outputs, and its operators are those of the standard.
 * @param graph of one item: every input and output is [1, …]; in the file [batch, …].
 */
export function portableModel(graph: Graph, { dtype, ...texts }: PortableOptions): Uint8Array {
  const model = withStandardOperators(lowerGraph(graph, 'cpu').model);
  const stored = model.constants.map((constant) => (dtype === 'float16' ? halved(constant) : { constant }));
  const constants = stored.map(({ constant }) => constant);
  const widened = stored.flatMap((one) => one.widened ?? []);
  const names = new Map([
    ...graph.inputs.map(({ name }) => [portName.input(name), name] as const),
    ...graph.outputs.map(({ name }) => [portName.output(name), name] as const),
  ]);
  const ofBatch = ({ name, shape = [], type }: ModelPort): ModelPort => {
    if (shape[0] !== 1) throw graphError(name, 'one item, [1, …]', `[${shape.join(', ')}]`);
    return { name: names.get(name) ?? name, shape: [BATCH, ...shape.slice(1)], type };
  };
  const ports = { inputs: model.inputs.map(ofBatch), outputs: model.outputs.map(ofBatch) };
  if (takesAnyBatch(model)) {
    const renamed = (list: readonly string[]): string[] => list.map((name) => names.get(name) ?? name);
    const nodes = model.nodes.map((node) => ({
      ...node,
      inputs: renamed(node.inputs),
      outputs: renamed(node.outputs),
    }));
    return encodeModel({ nodes: [...widened, ...nodes], constants, ...ports }, texts);
  }
  const axis: OnnxConstant = { name: 'first_axis', shape: [1], data: BigInt64Array.of(0n) };
  const scan = itemByItem(model, ports, axis.name);
  return encodeModel({ nodes: [...widened, scan], constants: [...constants, axis], ...ports }, texts);
}

/** Operators that have a shape as numbers, which holds the number of items too. */
const SHAPED = ['Reshape', 'Expand', 'Tile', 'Resize', 'ScatterElements'];

/** Whether the operators of a model of one item do the same for each of several. */
function takesAnyBatch({ nodes, inputs }: OnnxGraph): boolean {
  const perItem = new Set(inputs.map(({ name }) => name));
  for (const node of nodes) {
    const mine = node.inputs.filter((name) => perItem.has(name)).length;
    if (mine === 0) continue;
    // What is the same for all items, such as a class token, would be joined to the first one alone.
    if (SHAPED.includes(node.opType) || (node.opType === 'Concat' && mine < node.inputs.length)) return false;
    for (const output of node.outputs) perItem.add(output);
  }
  return true;
}

/** A model of one item as the body of a loop over items, which stacks what it makes. Constants are those around it. */
function itemByItem(model: OnnxGraph, ports: Pick<OnnxGraph, 'inputs' | 'outputs'>, axis: string): OnnxNode {
  const item = (name: string): string => `item/${name}`;
  const ofItem = ({ name, shape = [], type }: ModelPort): ModelPort => ({
    name: item(name),
    shape: shape.slice(1),
    type,
  });
  const one = (opType: string, from: string, to: string): OnnxNode => {
    return { opType, domain: '', inputs: [from, axis], outputs: [to], attributes: {} };
  };
  const nodes = [
    ...model.inputs.map(({ name }) => one('Unsqueeze', item(name), name)),
    ...model.nodes,
    ...model.outputs.map(({ name }) => one('Squeeze', name, item(name))),
  ];
  const body = { nodes, constants: [], inputs: model.inputs.map(ofItem), outputs: model.outputs.map(ofItem) };
  return {
    opType: 'Scan',
    domain: '',
    inputs: ports.inputs.map(({ name }) => name),
    outputs: ports.outputs.map(({ name }) => name),
    attributes: { num_scan_inputs: ports.inputs.length, body: { graph: body } },
  };
}

interface StoredConstant {
  readonly constant: OnnxConstant;
  /** Makes float32 of it again, under its name. */
  readonly widened?: OnnxNode;
}

/** A constant as float16, where that saves room and loses nothing but digits. */
function halved(constant: OnnxConstant): StoredConstant {
  const { name, data, shape } = constant;
  const bits = data instanceof Float32Array ? halvedWeights(data, shape) : undefined;
  if (bits === undefined) return { constant };
  const half = `${name}_float16`;
  return {
    constant: { name: half, shape, data: bits },
    widened: {
      opType: 'Cast',
      domain: '',
      inputs: [half],
      outputs: [name],
      attributes: { to: ELEMENT_TYPE.float32 },
    },
  };
}
