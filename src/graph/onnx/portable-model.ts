// A graph as an ONNX file for other programs: plain port names, any batch size, weights as float32 or float16, texts about it.
import { halvedWeights } from '../../math/half-precision.js';
import { graphError } from '../checks.js';
import type { Graph } from '../graph.js';
import type { WeightType } from '../host-tensor.js';
import { ELEMENT_TYPE, type OnnxConstant, type OnnxNode } from './emitter.js';
import { lowerGraph, portName } from './lower.js';
import { encodeModel, type ModelPort, type ModelTexts, type OnnxGraph } from './model.js';

/** The first dimension of every input and output. */
const BATCH = 'batch';

export interface PortableOptions extends ModelTexts {
  readonly dtype: WeightType;
}

/**
 * The bytes of a model file.
 * @param graph of one item: every input and output is [1, …]; in the file [batch, …]. Its ports have the names of its inputs and outputs.
 * @throws HpoError ERR_GRAPH where an operation holds the number of items fast, so that the file could not take more.
 */
export function portableModel(graph: Graph, { dtype, ...texts }: PortableOptions): Uint8Array {
  const { model } = lowerGraph(graph, 'cpu');
  const names = new Map([
    ...graph.inputs.map(({ name }) => [portName.input(name), name] as const),
    ...graph.outputs.map(({ name }) => [portName.output(name), name] as const),
  ]);
  const named = (name: string): string => names.get(name) ?? name;
  const port = ({ name, shape = [], type }: ModelPort): ModelPort => {
    if (shape[0] !== 1) throw graphError(name, 'one item, [1, …]', `[${shape.join(', ')}]`);
    return { name: named(name), shape: [BATCH, ...shape.slice(1)], type };
  };
  checkShapes(model);
  const nodes = model.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(named),
    outputs: node.outputs.map(named),
  }));
  const stored = model.constants.map((constant) => (dtype === 'float16' ? halved(constant) : { constant }));
  return encodeModel(
    {
      nodes: [...stored.flatMap(({ widened }) => widened ?? []), ...nodes],
      constants: stored.map(({ constant }) => constant),
      inputs: model.inputs.map(port),
      outputs: model.outputs.map(port),
    },
    texts,
  );
}

/** Throws where the shape of something that is made of the inputs stands in the file as numbers. */
function checkShapes({ nodes, inputs }: OnnxGraph): void {
  const perItem = new Set(inputs.map(({ name }) => name));
  for (const node of nodes) {
    if (!node.inputs.some((name) => perItem.has(name))) continue;
    if (node.opType === 'Reshape') throw graphError(node.opType, 'operations on any number of items', 'a fixed shape');
    for (const output of node.outputs) perItem.add(output);
  }
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
