// Reads an ONNX model file and checks its structure: every name is made once, nothing waits for itself, sizes are sane.
import { HpoError, messageOf } from '../study/errors.js';
import { must } from '../system/must.js';
import { UnfitFileError, readRegularFileSync } from '../system/regular-file.js';
import type { FileAttribute, FileModel, FileNode, FilePort, FileTensor } from './file-model.js';
import { inlined } from './functions.js';
import {
  type RawAttribute,
  type RawModel,
  type RawNode,
  type RawTensor,
  type RawValueInfo,
  decodeModel,
  numberOf,
} from './proto.js';
import { TensorReader, dataTypeOf, isFloat } from './tensors.js';

/** What protobuf allows. */
const MOST_BYTES = 2 ** 31;
const MOST_NODES = 200_000;

/** The standard operators that are read; others may mean something else. */
const OPSETS = { from: 7, to: 26 } as const;

/** @throws HpoError ERR_WEIGHTS that names the file and what is wrong with it. */
export function readOnnxModel(path: string): FileModel {
  return modelOf(decodeModel(bytesOf(path), path), path);
}

function bytesOf(path: string): Uint8Array {
  try {
    return readRegularFileSync(path, MOST_BYTES);
  } catch (cause) {
    const what = cause instanceof UnfitFileError ? cause.message : messageOf(cause);
    throw new HpoError('ERR_WEIGHTS', `expected an ONNX model, got ${what} at ${path}`, { cause });
  }
}

function modelOf(raw: RawModel, place: string): FileModel {
  const { graph } = raw;
  if (graph === undefined || graph === null || (graph.node ?? []).length === 0) {
    throw new HpoError('ERR_WEIGHTS', `expected an ONNX model, got a file without a graph at ${place}`);
  }
  if ((graph.sparseInitializer ?? []).length > 0) {
    throw new HpoError('ERR_WEIGHTS', `expected dense weights, got sparse ones at ${place}`);
  }
  const domains = new Map((raw.opsetImport ?? []).map(({ domain = '', version }) => [domain, numberOf(version)]));
  const opset = domains.get('') ?? domains.get('ai.onnx') ?? 1;
  if (opset < OPSETS.from || opset > OPSETS.to) {
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected operators of version ${OPSETS.from} to ${OPSETS.to}, got ${opset} at ${place}`,
    );
  }
  const reader = new TensorReader(place);
  const weights = new Map<string, FileTensor>();
  for (const tensor of graph.initializer ?? []) {
    const name = tensor.name ?? '';
    if (weights.has(name)) throw new HpoError('ERR_WEIGHTS', `expected one array named ${name}, got two at ${place}`);
    weights.set(name, reader.read(tensor, name));
  }
  const rawNodes = inlined(graph.node ?? [], raw.functions ?? [], MOST_NODES, place);
  const nodes = withoutWeights(
    rawNodes.map((node) => nodeOf(node, reader, place)),
    weights,
  );
  const fed = (graph.input ?? []).filter(({ name = '' }) => !weights.has(name));
  const input = imageOf(
    fed.map((info) => portOf(info, place)),
    place,
  );
  return {
    place,
    beside: reader.beside,
    irVersion: numberOf(raw.irVersion),
    opset,
    domains,
    nodes: inOrder(nodes, new Set([...weights.keys(), ...fed.map(({ name = '' }) => name)]), place),
    weights,
    input,
    outputs: (graph.output ?? []).map((info) => portOf(info, place)),
  };
}

/** Operators whose kernel, matrix or bias is a weight, also where the file writes it as a Constant. */
const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'MatMul', 'Gemm']);

/** Moves Constants that are weights to the others. */
function withoutWeights(nodes: readonly FileNode[], weights: Map<string, FileTensor>): readonly FileNode[] {
  const read = new Set(nodes.flatMap(({ opType, inputs }) => (WEIGHTED.has(opType) ? inputs.slice(1) : [])));
  return nodes.filter(({ opType, domain, outputs: [name = ''], attributes }) => {
    const value = attributes.get('value')?.value;
    const isTensor = typeof value === 'object' && 'bytes' in value && isFloat(value.type);
    if (opType !== 'Constant' || domain !== '' || !isTensor || !read.has(name) || weights.has(name)) return true;
    weights.set(name, value);
    return false;
  });
}

function nodeOf(raw: RawNode, reader: TensorReader, place: string): FileNode {
  const { input = [], output = [], opType = '', domain = '' } = raw;
  const name = raw.name === undefined || raw.name === '' ? (output[0] ?? opType) : raw.name;
  const attributes = new Map<string, FileAttribute>();
  for (const attribute of raw.attribute ?? []) {
    const own = attributeOf(attribute, reader, `${name} of ${place}`);
    attributes.set(own.name, own);
  }
  const scope = scopeOf(raw);
  return {
    name,
    opType,
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs: input,
    outputs: output,
    attributes,
    scope,
  };
}

/** As torch.onnx writes it: the modules that a node stands in, by `pkg.torch.onnx.name_scopes` or the node's own path. */
function scopeOf({ metadataProps = [], name = '' }: RawNode): string | undefined {
  const scopes = metadataProps.find(({ key }) => key === 'pkg.torch.onnx.name_scopes')?.value;
  if (scopes !== undefined) {
    const paths = [...scopes.matchAll(/['"]([^'"]*)['"]/g)].map(([, path = '']) => path);
    // The last one is the operation itself.
    return paths.slice(0, -1).at(-1) ?? paths.at(-1);
  }
  if (!name.includes('/')) return undefined;
  const parts = name.split('/').filter((part) => part !== '');
  return parts.slice(0, -1).join('/');
}

function attributeOf(raw: RawAttribute, reader: TensorReader, place: string): FileAttribute {
  const name = raw.name ?? '';
  const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes ?? new Uint8Array());
  const tensor = (value: RawTensor): FileTensor => reader.read(value, `attribute ${name} of ${place}`);
  switch (raw.type) {
    case 1:
      return { name, type: 'float', value: raw.f ?? 0 };
    case 2:
      return { name, type: 'int', value: numberOf(raw.i) };
    case 3:
      return { name, type: 'string', value: text(raw.s) };
    case 4:
      return { name, type: 'tensor', value: tensor(raw.t ?? {}) };
    case 6:
      return { name, type: 'floats', value: raw.floats ?? [] };
    case 7:
      return { name, type: 'ints', value: (raw.ints ?? []).map(numberOf) };
    case 8:
      return { name, type: 'strings', value: (raw.strings ?? []).map(text) };
    default:
      return { name, type: 'other', value: undefined };
  }
}

function portOf({ name = '', type }: RawValueInfo, place: string): FilePort {
  const tensor = type?.tensorType ?? {};
  const shape = tensor.shape?.dim?.map(({ dimValue, dimParam }) => {
    const length = numberOf(dimValue);
    return (dimParam === undefined || dimParam === '') && length > 0 ? length : undefined;
  });
  return { name, type: dataTypeOf(tensor.elemType ?? 1, `${name} of ${place}`), shape };
}

/** The one input that can be an image. */
function imageOf(inputs: readonly FilePort[], place: string): FilePort {
  const images = inputs.filter(({ shape }) => shape === undefined || shape.length === 4);
  const [image, ...others] = images;
  if (image !== undefined && others.length === 0 && inputs.length === 1) return image;
  const got = inputs.map(({ name, shape }) => `${name} [${shape?.map((d) => d ?? '?').join(', ') ?? '?'}]`).join('; ');
  throw new HpoError('ERR_WEIGHTS', `expected one input, images of four dimensions, got ${got || 'none'} at ${place}`);
}

/** The nodes, each after what it reads. */
function inOrder(nodes: readonly FileNode[], given: ReadonlySet<string>, place: string): readonly FileNode[] {
  const makers = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (makers.has(name) || given.has(name)) {
        throw new HpoError(
          'ERR_WEIGHTS',
          `expected one source of ${name}, got a second at node ${node.name} of ${place}`,
        );
      }
      makers.set(name, i);
    }
  });
  const state = new Uint8Array(nodes.length);
  const order: FileNode[] = [];
  for (let start = 0; start < nodes.length; start++) {
    const stack = [start];
    while (stack.length > 0) {
      const i = must(stack.at(-1), 'a node to visit');
      const node = must(nodes[i], 'a node');
      if (state[i] === 2) {
        stack.pop();
        continue;
      }
      const isFirst = state[i] === 0;
      state[i] = 1;
      let waits = false;
      for (const name of node.inputs) {
        if (name === '' || given.has(name)) continue;
        const maker = makers.get(name);
        if (maker === undefined) {
          throw new HpoError(
            'ERR_WEIGHTS',
            `expected a value named ${name}, got none for node ${node.name} of ${place}`,
          );
        }
        if (state[maker] === 2) continue;
        if (state[maker] === 1 || !isFirst) {
          throw new HpoError(
            'ERR_WEIGHTS',
            `expected nodes without a circle, got one through node ${node.name} of ${place}`,
          );
        }
        stack.push(maker);
        waits = true;
      }
      if (waits) continue;
      state[i] = 2;
      order.push(node);
      stack.pop();
    }
  }
  return order;
}
