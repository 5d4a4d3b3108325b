// A small network as the bytes of an ONNX file: two convolutions, a residual block with a scope, a pool and a classifier.
import { ModelProto } from '../../src/graph/onnx/messages.js';
import { RandomStream } from '../../src/math/random.js';

type Fields = Record<string, unknown>;

export const float = (name: string, shape: readonly unknown[]): Fields => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: { dim: shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});

export const ints = (name: string, list: readonly number[]): Fields => ({
  name,
  dims: [list.length],
  dataType: 7,
  int64Data: list,
});

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly Fields[] = [],
): Fields => ({ opType, input, output, attribute });

export const list = (name: string, values: readonly number[]): Fields => ({ name, type: 7, ints: values });

/** Normal numbers that follow from the name. */
export function weight(name: string, dims: readonly number[], scale = 0.3): Fields {
  const random = RandomStream.of('small model', name);
  const size = dims.reduce((a, b) => a * b, 1);
  return { name, dims, dataType: 1, floatData: Array.from({ length: size }, () => scale * random.normal()) };
}

export function bytesOf(graph: Fields, opset = 17): Uint8Array {
  const whole = {
    input: [float('image', ['batch', 3, 8, 8])],
    output: [float('y', ['batch', 3])],
    initializer: [],
    ...graph,
  };
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: opset }], graph: whole };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

const PADS = list('pads', [1, 1, 1, 1]);

/** Blocks `stem` and `layers.0` (with `extra` nodes between them, from `s` to `t`), features `f` of four numbers. */
export function smallModel(
  options: {
    readonly extra?: readonly Fields[];
    readonly input?: Fields;
    readonly initializer?: readonly Fields[];
  } = {},
  opset = 17,
): Uint8Array {
  const {
    extra = [node('Relu', ['s'], ['t'])],
    input = float('image', ['batch', 3, 16, 16]),
    initializer = [],
  } = options;
  return bytesOf(
    {
      input: [input],
      output: [float('logits', ['batch', 5])],
      node: [
        node('Conv', ['image', 'stem.weight', 'stem.bias'], ['s'], [PADS, list('strides', [2, 2])]),
        ...extra,
        node('Conv', ['t', 'layers.0.conv.weight', 'layers.0.conv.bias'], ['c'], [PADS]),
        node('Sigmoid', ['c'], ['g']),
        node('Mul', ['c', 'g'], ['m']),
        node('Add', ['m', 't'], ['r']),
        node('GlobalAveragePool', ['r'], ['p']),
        node('Flatten', ['p'], ['f']),
        node('Gemm', ['f', 'head.weight', 'head.bias'], ['logits']),
      ],
      initializer: [
        weight('stem.weight', [4, 3, 3, 3]),
        weight('stem.bias', [4]),
        weight('layers.0.conv.weight', [4, 4, 3, 3]),
        weight('layers.0.conv.bias', [4]),
        weight('head.weight', [4, 5]),
        weight('head.bias', [5]),
        ...initializer,
      ],
    },
    opset,
  );
}
