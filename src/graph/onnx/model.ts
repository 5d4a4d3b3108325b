// Writes an ONNX model: the part of the format that graphs need, as a protobuf descriptor (field numbers: onnx.proto, ONNX IR 8).
import protobuf from 'protobufjs/light.js';
import type { OnnxAttribute, OnnxConstant, OnnxNode } from './emitter.js';
import { ELEMENT_TYPE } from './emitter.js';

/** Opset 18: axes of reductions are inputs, ScatterElements can add. */
const STANDARD_OPSET = 18;
const IR_VERSION = 8;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export interface ModelPort {
  readonly name: string;
  /** Missing where any will do. */
  readonly shape?: readonly number[];
  readonly type: keyof typeof ELEMENT_TYPE;
}

export interface OnnxPort extends ModelPort {
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
}

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const ModelProto = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: list(8, 'OperatorSetIdProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: list(1, 'NodeProto'),
        name: field(2, 'string'),
        initializer: list(5, 'TensorProto'),
        input: list(11, 'ValueInfoProto'),
        output: list(12, 'ValueInfoProto'),
      },
    },
    NodeProto: {
      fields: {
        input: list(1, 'string'),
        output: list(2, 'string'),
        opType: field(4, 'string'),
        attribute: list(5, 'AttributeProto'),
        domain: field(7, 'string'),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        ints: list(8, 'int64'),
        type: field(20, 'int32'),
      },
    },
    TensorProto: {
      fields: {
        dims: list(1, 'int64'),
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
      },
    },
    ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
    TypeProto: { fields: { tensorType: field(1, 'TensorTypeProto') } },
    TensorTypeProto: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
    TensorShapeProto: { fields: { dim: list(1, 'DimensionProto') } },
    DimensionProto: { fields: { dimValue: field(1, 'int64') } },
  },
}).lookupType('ModelProto');

/** The bytes of a model file. */
export function encodeModel({ nodes, constants, inputs, outputs }: OnnxGraph): Uint8Array {
  const domains = [...new Set(['', ...nodes.map(({ domain }) => domain)])];
  return ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: 'hpo',
    opsetImport: domains.map((domain) => ({ domain, version: domain === '' ? STANDARD_OPSET : 1 })),
    graph: {
      name: 'graph',
      node: nodes.map((node) => ({
        input: node.inputs,
        output: node.outputs,
        opType: node.opType,
        domain: node.domain,
        attribute: Object.entries(node.attributes).map(([name, value]) => ({ name, ...attribute(value) })),
      })),
      initializer: constants.map(({ name, shape, data }) => ({
        name,
        dims: shape,
        dataType: data instanceof Float32Array ? ELEMENT_TYPE.float32 : ELEMENT_TYPE.int64,
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      input: inputs.map(port),
      output: outputs.map(port),
    },
  }).finish();
}

function attribute(value: OnnxAttribute): object {
  if (typeof value === 'number') return { type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string') return { type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { type: ATTRIBUTE_TYPE.float, f: value.float };
  return { type: ATTRIBUTE_TYPE.ints, ints: value };
}

function port({ name, shape, type }: ModelPort): object {
  const dim = shape?.map((dimValue) => ({ dimValue }));
  return {
    name,
    type: { tensorType: { elemType: ELEMENT_TYPE[type], ...(dim === undefined ? {} : { shape: { dim } }) } },
  };
}
