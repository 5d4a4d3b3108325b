// The part of the ONNX format that model files are made of, as protobuf descriptors (field numbers: onnx.proto, ONNX IR 10).
import protobuf from 'protobufjs/light.js';
import { HpoError, messageOf } from '../study/errors.js';
import { checkCounts } from './count-fields.js';

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

export const ModelProto = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        docString: field(6, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: list(8, 'OperatorSetIdProto'),
        metadataProps: list(14, 'StringStringEntryProto'),
        functions: list(25, 'FunctionProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
    FunctionProto: {
      fields: {
        name: field(1, 'string'),
        input: list(4, 'string'),
        output: list(5, 'string'),
        attribute: list(6, 'string'),
        node: list(7, 'NodeProto'),
        opsetImport: list(9, 'OperatorSetIdProto'),
        domain: field(10, 'string'),
        attributeProto: list(11, 'AttributeProto'),
      },
    },
    GraphProto: {
      fields: {
        node: list(1, 'NodeProto'),
        name: field(2, 'string'),
        initializer: list(5, 'TensorProto'),
        input: list(11, 'ValueInfoProto'),
        output: list(12, 'ValueInfoProto'),
        sparseInitializer: list(15, 'SparseTensorProto'),
      },
    },
    SparseTensorProto: { fields: {} },
    NodeProto: {
      fields: {
        input: list(1, 'string'),
        output: list(2, 'string'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: list(5, 'AttributeProto'),
        domain: field(7, 'string'),
        metadataProps: list(9, 'StringStringEntryProto'),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        t: field(5, 'TensorProto'),
        g: field(6, 'bytes'),
        floats: list(7, 'float'),
        ints: list(8, 'int64'),
        strings: list(9, 'bytes'),
        type: field(20, 'int32'),
        refAttrName: field(21, 'string'),
      },
    },
    TensorProto: {
      fields: {
        dims: list(1, 'int64'),
        dataType: field(2, 'int32'),
        floatData: list(4, 'float'),
        int32Data: list(5, 'int32'),
        int64Data: list(7, 'int64'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
        doubleData: list(10, 'double'),
        uint64Data: list(11, 'uint64'),
        externalData: list(13, 'StringStringEntryProto'),
        dataLocation: field(14, 'int32'),
      },
    },
    ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
    TypeProto: { fields: { tensorType: field(1, 'TensorTypeProto') } },
    TensorTypeProto: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
    TensorShapeProto: { fields: { dim: list(1, 'DimensionProto') } },
    DimensionProto: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
  },
}).lookupType('ModelProto');

/** A decoded protobuf number: int64 as number, or as an object of the library `long`. */
export type ProtoNumber = number | { toNumber(): number; toString(): string } | undefined;

export interface RawEntry {
  readonly key?: string;
  readonly value?: string;
}

export interface RawTensor {
  readonly dims?: readonly ProtoNumber[];
  readonly dataType?: number;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly ProtoNumber[];
  readonly uint64Data?: readonly ProtoNumber[];
  readonly doubleData?: readonly number[];
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly externalData?: readonly RawEntry[];
  readonly dataLocation?: number;
}

export interface RawAttribute {
  readonly name?: string;
  readonly f?: number;
  readonly i?: ProtoNumber;
  readonly s?: Uint8Array;
  readonly t?: RawTensor | null;
  readonly g?: Uint8Array;
  readonly floats?: readonly number[];
  readonly ints?: readonly ProtoNumber[];
  readonly strings?: readonly Uint8Array[];
  readonly type?: number;
  readonly refAttrName?: string;
}

export interface RawNode {
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly attribute?: readonly RawAttribute[];
  readonly domain?: string;
  readonly metadataProps?: readonly RawEntry[];
}

export interface RawValueInfo {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: {
        readonly dim?: readonly { readonly dimValue?: ProtoNumber; readonly dimParam?: string }[];
      } | null;
    } | null;
  } | null;
}

export interface RawOpset {
  readonly domain?: string;
  readonly version?: ProtoNumber;
}

export interface RawFunction {
  readonly name?: string;
  readonly domain?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly node?: readonly RawNode[];
  readonly attributeProto?: readonly RawAttribute[];
}

export interface RawModel {
  readonly irVersion?: ProtoNumber;
  readonly producerName?: string;
  readonly opsetImport?: readonly RawOpset[];
  readonly functions?: readonly RawFunction[];
  readonly graph?: {
    readonly node?: readonly RawNode[];
    readonly initializer?: readonly RawTensor[];
    readonly input?: readonly RawValueInfo[];
    readonly output?: readonly RawValueInfo[];
    readonly sparseInitializer?: readonly unknown[];
  } | null;
}

/** The messages of a model file. Weights stay views of `bytes`. Throws ERR_WEIGHTS naming `place` where they are none, or more than a network. */
export function decodeModel(bytes: Uint8Array, place: string): RawModel {
  try {
    checkCounts(bytes, place);
    return ModelProto.decode(bytes) as RawModel;
  } catch (cause) {
    if (cause instanceof HpoError) throw cause;
    throw new HpoError('ERR_WEIGHTS', `expected an ONNX model, got ${messageOf(cause)} at ${place}`, { cause });
  }
}

/** A protobuf integer as a number; beyond 2⁵³ the nearest one. */
export function numberOf(value: ProtoNumber): number {
  if (value === undefined) return 0;
  return typeof value === 'number' ? value : value.toNumber();
}

/** A decoded protobuf integer with all its digits. */
export function bigIntOf(value: ProtoNumber): bigint {
  // `long` writes its digits.
  return typeof value === 'object' ? BigInt(value.toString()) : BigInt(value ?? 0);
}
