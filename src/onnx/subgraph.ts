// A part of a model file as a model of its own: the file's nodes as they are, from pixels to one of its arrays.
import { ModelProto } from '../graph/onnx/messages.js';
import { DATA_TYPE, type FileAttribute, type FileModel, type FileNode, type FileTensor } from './file-model.js';
import type { RawAttribute, RawNode, RawTensor } from './proto.js';
import { floatsOf } from './tensors.js';

/** What pixels [1, side, side, 3] go through before the file's input: (pixel[order] · scale + shift), channel by channel. */
export interface PixelEntry {
  readonly name: string;
  readonly side: number;
  readonly order: readonly number[];
  readonly scale: readonly number[];
  readonly shift: readonly number[];
  readonly isChannelsLast: boolean;
}

export interface SubgraphOptions {
  /** In an order in which each follows what it reads; everything that the output needs. */
  readonly nodes: readonly FileNode[];
  readonly entry: PixelEntry;
  /** The array that leaves, under a name of its own. */
  readonly output: { readonly array: string; readonly name: string };
  /** Axes of the array over which the mean leaves; its first token where `token`. */
  readonly mean?: readonly number[];
  readonly token?: boolean;
  /** Weights in the place of the file's, by name. */
  readonly weights?: ReadonlyMap<string, FileTensor>;
  /** A classifier over the vectors that leave. */
  readonly head?: SubgraphHead;
  /** What the file says of itself. */
  readonly texts?: { readonly description: string; readonly metadata: Readonly<Record<string, string>> };
}

/** Vectors [1, features] become probabilities [1, classes]: softmax(vectors · kernel + bias). */
export interface SubgraphHead {
  /** [features, classes]. */
  readonly kernel: FileTensor;
  /** [classes]. */
  readonly bias: FileTensor;
  readonly activation: 'softmax' | 'sigmoid';
}

const FLOAT = DATA_TYPE.float32;
const HALVES: readonly string[] = ['float16', 'bfloat16', 'float64'];
const HALF_NUMBERS: readonly number[] = [DATA_TYPE.float16, DATA_TYPE.bfloat16, DATA_TYPE.float64];

/** The bytes of the model. Numbers of half precision become float32: processors compute with nothing less. */
export function encodeSubgraph(
  model: FileModel,
  { nodes, entry, output, mean = [], token = false, weights, head, texts }: SubgraphOptions,
): Uint8Array {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const own = [...model.weights]
    .filter(([name]) => read.has(name))
    .map(([name, tensor]) => rawTensor(name, weights?.get(name) ?? tensor));
  const before = entering(entry, model.input.name);
  const vectors = head === undefined ? output.name : 'hpo/vectors';
  const after = leaving(model.opset, { array: output.array, name: vectors }, mean, token);
  const last = head === undefined ? { nodes: [], constants: [] } : classifying(head, vectors, output.name);
  const domains = [...model.domains].map(([domain, version]) => ({ domain, version }));
  return ModelProto.encode({
    irVersion: Math.min(Math.max(model.irVersion, 8), 10),
    producerName: 'hpo',
    docString: texts?.description ?? '',
    metadataProps: Object.entries(texts?.metadata ?? {}).map(([key, value]) => ({ key, value })),
    opsetImport: domains,
    graph: {
      name: 'frozen',
      node: [...before.nodes, ...nodes.map(rawNode), ...after.nodes, ...last.nodes],
      initializer: [...before.constants, ...own, ...after.constants, ...last.constants],
      input: [
        {
          name: entry.name,
          type: {
            tensorType: {
              elemType: DATA_TYPE.uint8,
              shape: { dim: [1, entry.side, entry.side, 3].map((dimValue) => ({ dimValue })) },
            },
          },
        },
      ],
      output: [{ name: output.name, type: { tensorType: { elemType: FLOAT } } }],
    },
  }).finish();
}

interface Part {
  readonly nodes: readonly RawNode[];
  readonly constants: readonly RawTensor[];
}

function entering({ name, order, scale, shift, isChannelsLast }: PixelEntry, input: string): Part {
  const of = (step: string): string => `hpo/${step}`;
  const node = (opType: string, inputs: string[], out: string, attribute: RawAttribute[] = []): RawNode => ({
    name: out,
    opType,
    input: inputs,
    output: [out],
    attribute,
  });
  const last = isChannelsLast ? input : of('shifted');
  return {
    nodes: [
      node('Cast', [name], of('numbers'), [{ name: 'to', type: 2, i: FLOAT }]),
      node('Gather', [of('numbers'), of('order')], of('ordered'), [{ name: 'axis', type: 2, i: 3 }]),
      node('Mul', [of('ordered'), of('scale')], of('scaled')),
      node('Add', [of('scaled'), of('shift')], last),
      ...(isChannelsLast
        ? []
        : [node('Transpose', [of('shifted')], input, [{ name: 'perm', type: 7, ints: [0, 3, 1, 2] }])]),
    ],
    constants: [intList(of('order'), order), floatList(of('scale'), scale), floatList(of('shift'), shift)],
  };
}

function leaving(
  opset: number,
  { array, name }: SubgraphOptions['output'],
  mean: readonly number[],
  token: boolean,
): Part {
  if (token) {
    const attribute = [{ name: 'axis', type: 2, i: 1 }];
    const node = { opType: 'Gather', input: [array, 'hpo/first'], output: [name], attribute };
    return {
      nodes: [node],
      constants: [{ name: 'hpo/first', dims: [], dataType: DATA_TYPE.int64, rawData: new Uint8Array(8) }],
    };
  }
  if (mean.length === 0) return { nodes: [{ opType: 'Identity', input: [array], output: [name] }], constants: [] };
  const keep = { name: 'keepdims', type: 2, i: 0 };
  // Axes of a mean are an input since opset 18.
  return opset >= 18
    ? {
        nodes: [{ opType: 'ReduceMean', input: [array, 'hpo/axes'], output: [name], attribute: [keep] }],
        constants: [intList('hpo/axes', mean)],
      }
    : {
        nodes: [
          {
            opType: 'ReduceMean',
            input: [array],
            output: [name],
            attribute: [keep, { name: 'axes', type: 7, ints: mean }],
          },
        ],
        constants: [],
      };
}

/** Operators that mean the same for matrices in every opset. */
function classifying({ kernel, bias, activation }: SubgraphHead, input: string, output: string): Part {
  const axis: RawAttribute = { name: 'axis', type: 2, i: 1 };
  return {
    nodes: [
      { opType: 'MatMul', input: [input, 'hpo/kernel'], output: ['hpo/products'] },
      { opType: 'Add', input: ['hpo/products', 'hpo/bias'], output: ['hpo/logits'] },
      activation === 'sigmoid'
        ? { opType: 'Sigmoid', input: ['hpo/logits'], output: [output] }
        : { opType: 'Softmax', input: ['hpo/logits'], output: [output], attribute: [axis] },
    ],
    constants: [rawTensor('hpo/kernel', kernel), rawTensor('hpo/bias', bias)],
  };
}

function intList(name: string, list: readonly number[]): RawTensor {
  const data = BigInt64Array.from(list, BigInt);
  return { name, dims: [list.length], dataType: DATA_TYPE.int64, rawData: new Uint8Array(data.buffer) };
}

function floatList(name: string, list: readonly number[]): RawTensor {
  return { name, dims: [list.length], dataType: FLOAT, rawData: new Uint8Array(Float32Array.from(list).buffer) };
}

function rawTensor(name: string, tensor: FileTensor): RawTensor {
  const { type, shape: dims, bytes } = tensor;
  if (!HALVES.includes(type)) return { name, dims, dataType: DATA_TYPE[type], rawData: bytes };
  return { name, dims, dataType: FLOAT, rawData: new Uint8Array(floatsOf(tensor).buffer) };
}

function rawNode({ name, opType, domain, inputs, outputs, attributes }: FileNode): RawNode {
  const list = [...attributes.values()].map((one) => rawAttribute(one, opType));
  return { name, opType, domain, input: inputs, output: outputs, attribute: list };
}

const TYPES = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

function rawAttribute({ name, type, value }: FileAttribute, opType: string): RawAttribute {
  const text = (one: unknown): Uint8Array => new TextEncoder().encode(String(one));
  if (type === 'other') return { name };
  const base = { name, type: TYPES[type] };
  if (typeof value === 'number') {
    const isHalf = opType === 'Cast' && name === 'to' && HALF_NUMBERS.includes(value);
    return type === 'float' ? { ...base, f: value } : { ...base, i: isHalf ? FLOAT : int64Of(value) };
  }
  if (typeof value === 'string') return { ...base, s: text(value) };
  if (value !== undefined && 'bytes' in value) return { ...base, t: rawTensor('', value) };
  const all = value ?? [];
  if (type === 'floats') return { ...base, floats: all.map(Number) };
  return type === 'ints'
    ? { ...base, ints: all.map((one) => int64Of(Number(one))) }
    : { ...base, strings: all.map(text) };
}

/** "To the end", 2⁶³ − 1, became 2⁶³ as a double, which would be written as −2⁶³: the largest double that fits. */
function int64Of(value: number): number {
  return Math.min(value, 2 ** 63 - 1024);
}
