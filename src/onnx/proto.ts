// Decodes a model file: its messages as they are, not yet checked.
import { ModelProto } from '../graph/onnx/messages.js';
import { HpoError, messageOf } from '../study/errors.js';
import { checkCounts } from './count-fields.js';

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
