// Writes an ONNX model.
import type { ModelPort, OnnxConstant, OnnxGraph, WrittenAttribute } from './emitter.js';
import { ELEMENT_TYPE } from './emitter.js';
import { GraphProto, ModelProto, TextsProto } from './messages.js';

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
  if ('graph' in value)
    return { type: ATTRIBUTE_TYPE.graph, g: GraphProto.encode(encodable(value.graph, 'body')).finish() };
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
