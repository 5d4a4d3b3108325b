// An ONNX model file as this program sees it: nodes in order, weights, inputs and outputs. Plain data, nothing of protobuf.

/** Numbers of the format's TensorProto.DataType. */
export const DATA_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

export type DataType = Exclude<keyof typeof DATA_TYPE, 'string'>;

/** A dense array of the file. */
export interface FileTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  /** As it lies in the file: little-endian, row-major. */
  readonly bytes: Uint8Array;
}

export interface FileAttribute {
  readonly name: string;
  /** float, int, string, tensor, floats, ints, strings, or what this program cannot use. */
  readonly type: 'float' | 'int' | 'string' | 'tensor' | 'floats' | 'ints' | 'strings' | 'other';
  readonly value: number | string | readonly number[] | readonly string[] | FileTensor | undefined;
}

export interface FileNode {
  /** For messages: the file's name of it, or its first output. */
  readonly name: string;
  readonly opType: string;
  /** '' for the standard operators. */
  readonly domain: string;
  /** Names of values; '' stands for an optional one that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, FileAttribute>;
  /** Where in its network it stands, as the exporter tells: `blocks.11.attn`. */
  readonly scope: string | undefined;
}

export interface FilePort {
  readonly name: string;
  readonly type: DataType;
  /** undefined where the file leaves a dimension open. */
  readonly shape: readonly (number | undefined)[] | undefined;
}

export interface FileModel {
  /** Paths of files beside it that hold weights. */
  readonly beside: readonly string[];
  /** The path, for messages. */
  readonly place: string;
  readonly irVersion: number;
  /** Of the standard operators. */
  readonly opset: number;
  /** Of other domains. */
  readonly domains: ReadonlyMap<string, number>;
  /** Every node after those whose outputs it reads. */
  readonly nodes: readonly FileNode[];
  readonly weights: ReadonlyMap<string, FileTensor>;
  /** The image's. */
  readonly input: FilePort;
  readonly outputs: readonly FilePort[];
}
