// Writes an ONNX model: the part of the format that graphs need, as a protobuf descriptor (field numbers: onnx.proto, ONNX IR 8).
import protobuf from 'protobufjs/light.js';
import type { ModelPort, OnnxConstant, OnnxGraph, WrittenAttribute } from './emitter.js';
import { ELEMENT_TYPE } from './emitter.js';

/** Opset 18: axes of reductions are inputs, ScatterElements can add. */
const STANDARD_OPSET = 18;
const IR_VERSION = 8;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

export interface OnnxPort extends ModelPort {
  readonly shape: readonly number[];
}

/** Text beside the network: what a model file says of itself. */
export interface ModelTexts {
  /** One line or more, for people. */
  readonly description?: string;
  /** The file's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export type { ModelPort, OnnxGraph };

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const ModelProto = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        docString: field(6, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: list(8, 'OperatorSetIdProto'),
        metadataProps: list(14, 'StringStringEntryProto'),
      },
    },
    StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
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
        g: field(6, 'GraphProto'),
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
    DimensionProto: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
  },
}).lookupType('ModelProto');

/** Of a model file only its texts: the network is skipped. */
const TextsProto = protobuf.Root.fromJSON({
  nested: {
    Texts: { fields: { metadataProps: list(14, 'Entry') } },
    Entry: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
  },
}).lookupType('Texts');

/** The `metadata_props` of a model file. Throws where the bytes are no protobuf message. */
export function readMetadata(model: Uint8Array): ReadonlyMap<string, string> {
  const { metadataProps } = TextsProto.toObject(TextsProto.decode(model), { defaults: true, arrays: true });
  if (!Array.isArray(metadataProps)) return new Map();
  return new Map(metadataProps.map(({ key, value }: { key: string; value: string }) => [key, value]));
}

/** The bytes of a model file. */
export function encodeModel(graph: OnnxGraph, texts: ModelTexts = {}): Uint8Array {
  const { description, metadata = {} } = texts;
  return ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: 'hpo',
    ...(description === undefined ? {} : { docString: description }),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    opsetImport: [...new Set(['', ...domainsOf(graph)])].map((domain) => ({
      domain,
      version: domain === '' ? STANDARD_OPSET : 1,
    })),
    graph: encodable(graph, 'graph'),
  }).finish();
}

/** Of its operators, those of loops included. */
function domainsOf({ nodes }: OnnxGraph): string[] {
  return nodes.flatMap(({ domain, attributes }) => [
    domain,
    ...Object.values(attributes).flatMap((value) =>
      typeof value === 'object' && 'graph' in value ? domainsOf(value.graph) : [],
    ),
  ]);
}

function encodable({ nodes, constants, inputs, outputs }: OnnxGraph, name: string): object {
  return {
    name,
    node: nodes.map((node) => ({
      input: node.inputs,
      output: node.outputs,
      opType: node.opType,
      domain: node.domain,
      attribute: Object.entries(node.attributes).map(([key, value]) => ({ name: key, ...attribute(value) })),
    })),
    initializer: constants.map((constant) => ({
      name: constant.name,
      dims: constant.shape,
      dataType: typeOf(constant.data),
      rawData: new Uint8Array(constant.data.buffer, constant.data.byteOffset, constant.data.byteLength),
    })),
    input: inputs.map(port),
    output: outputs.map(port),
  };
}

function typeOf(data: OnnxConstant['data']): number {
  if (data instanceof Float32Array) return ELEMENT_TYPE.float32;
  return data instanceof Uint16Array ? ELEMENT_TYPE.float16 : ELEMENT_TYPE.int64;
}

function attribute(value: WrittenAttribute): object {
  if (typeof value === 'number') return { type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string') return { type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  if ('graph' in value) return { type: ATTRIBUTE_TYPE.graph, g: encodable(value.graph, 'body') };
  if ('float' in value) return { type: ATTRIBUTE_TYPE.float, f: value.float };
  return { type: ATTRIBUTE_TYPE.ints, ints: value };
}

function port({ name, shape, type }: ModelPort): object {
  const dim = shape?.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return {
    name,
    type: { tensorType: { elemType: ELEMENT_TYPE[type], ...(dim === undefined ? {} : { shape: { dim } }) } },
  };
}
