// Model files that are damaged or mean harm end in a message that names them.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FileNetwork } from '../../src/onnx/network.js';
import { ModelProto } from '../../src/graph/onnx/messages.js';
import { readOnnxModel } from '../../src/onnx/read-model.js';
import { RandomStream } from '../../src/math/random.js';
import { HpoError } from '../../src/study/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'hpo-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Fields = Record<string, unknown>;

const float = (name: string, shape: readonly unknown[]): Fields => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: { dim: shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});
const ints = (name: string, list: readonly number[]): Fields => ({
  name,
  dims: [list.length],
  dataType: 7,
  int64Data: list,
});
const node = (opType: string, input: string[], output: string[], attribute: Fields[] = []): Fields => ({
  opType,
  input,
  output,
  attribute,
});

function bytesOf(graph: Fields, opset = 17): Uint8Array {
  const whole = {
    input: [float('image', ['batch', 3, 8, 8])],
    output: [float('y', ['batch', 3])],
    initializer: [],
    ...graph,
  };
  return ModelProto.encode(
    ModelProto.fromObject({ irVersion: 8, opsetImport: [{ domain: '', version: opset }], graph: whole }),
  ).finish();
}

let files = 0;
function fileOf(bytes: Uint8Array): string {
  const file = join(folder, `model${++files}.onnx`);
  writeFileSync(file, bytes);
  return file;
}

/** The message with which a file is refused, when it is read or traced. */
async function refusal(bytes: Uint8Array, side = 8): Promise<string> {
  try {
    new FileNetwork(readOnnxModel(fileOf(bytes))).trace(side);
  } catch (error) {
    expect(error).toBeInstanceOf(HpoError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing';
}

const pooled = [node('GlobalAveragePool', ['image'], ['p']), node('Flatten', ['p'], ['y'])];

describe('a model file', () => {
  it('of a pool and nothing else is read', async () => {
    const network = new FileNetwork(readOnnxModel(fileOf(bytesOf({ node: pooled }))));
    expect(network.shapeOf('y', 8)).toEqual([3]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['without a graph', Uint8Array.of(), /a file without a graph/],
    ['that is no protobuf', new TextEncoder().encode('not a model at all, but text'), /expected an ONNX model, got/],
    [
      'whose nodes wait for each other',
      bytesOf({ node: [node('Add', ['image', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])] }),
      /nodes without a circle/,
    ],
    ['whose node reads itself', bytesOf({ node: [node('Add', ['image', 'y'], ['y'])] }), /nodes without a circle/],
    ['that makes a value twice', bytesOf({ node: [...pooled, node('Relu', ['p'], ['y'])] }), /one source of y/],
    [
      'that reads what nobody makes',
      bytesOf({ node: [node('Relu', ['ghost'], ['y'])] }),
      /a value named ghost, got none/,
    ],
    ['of an old opset', bytesOf({ node: pooled }, 3), /operators of version 7 to 26, got 3/],
    [
      'with two inputs',
      bytesOf({ node: pooled, input: [float('image', [1, 3, 8, 8]), float('other', [1, 3, 8, 8])] }),
      /expected one input, images of four dimensions, got image \[1, 3, 8, 8\]; other/,
    ],
    [
      'with shapes that do not fit',
      bytesOf({
        node: [
          node('Add', ['image', 'w'], ['a']),
          node('GlobalAveragePool', ['a'], ['p']),
          node('Flatten', ['p'], ['y']),
        ],
        initializer: [{ name: 'w', dims: [1, 3, 5, 5], dataType: 1, floatData: new Array<number>(75).fill(1) }],
      }),
      /shapes that repeat to each other, got \[1, 3, 8, 8\] and \[1, 3, 5, 5\] at node a \(Add\)/,
    ],
    [
      'whose weights are fewer than their shape says',
      bytesOf({ node: pooled, initializer: [{ name: 'w', dims: [1000, 1000], dataType: 1, floatData: [1, 2] }] }),
      /expected 4000000 bytes for float32 \[1000, 1000\], got 8 at w/,
    ],
    [
      'with a shape beyond all memory',
      bytesOf({ node: pooled, initializer: [{ name: 'w', dims: [1e9, 1e9], dataType: 1, floatData: [1] }] }),
      /a shape of at most 268435456 numbers/,
    ],
    [
      'with a negative dimension',
      bytesOf({ node: pooled, initializer: [{ name: 'w', dims: [-3], dataType: 1 }] }),
      /a shape of at most/,
    ],
    [
      'that asks for a constant beyond all memory',
      bytesOf({
        node: [node('ConstantOfShape', ['s'], ['c']), node('Add', ['image', 'c'], ['y'])],
        initializer: [ints('s', [1_000_000, 1_000_000])],
      }),
      /at most 16777216 numbers in an array of constants.*ConstantOfShape/,
    ],
    [
      'that repeats an image beyond all memory',
      bytesOf({
        node: [node('Expand', ['image', 's'], ['y'])],
        initializer: [ints('s', [1_000_000, 1000, 3, 8, 8])],
      }),
      /arrays of at most 2147483648 numbers/,
    ],
    [
      'that pads an image beyond all memory',
      bytesOf({
        node: [node('Pad', ['image', 's'], ['y'])],
        initializer: [ints('s', [0, 0, 1_000_000, 1_000_000, 0, 0, 0, 0])],
      }),
      /arrays of at most/,
    ],
    [
      'with an index outside',
      bytesOf({ node: [node('Gather', ['image', 'i'], ['y'])], initializer: [ints('i', [7])] }),
      /a range within axis 0.*at node y \(Gather\)/,
    ],
    [
      'with an operator that nobody knows',
      bytesOf({ node: [{ ...node('Frobnicate', ['image'], ['y']), domain: 'com.example' }] }),
      /no gradient of this operator.*node y \(Frobnicate\)/,
    ],
    [
      'with a kernel over other channels',
      bytesOf({
        node: [
          node('Conv', ['image', 'w'], ['c']),
          node('GlobalAveragePool', ['c'], ['p']),
          node('Flatten', ['p'], ['y']),
        ],
        initializer: [{ name: 'w', dims: [4, 5, 3, 3], dataType: 1, floatData: new Array<number>(180).fill(1) }],
      }),
      /a kernel over 3 channels.*at node c \(Conv\)/,
    ],
    [
      'with dimensions beyond counting',
      bytesOf({
        node: pooled,
        initializer: [{ name: 'w', dims: new Array<number>(100_000).fill(1), dataType: 1, floatData: [1] }],
      }),
      /got \[1, 1, 1, 1, …\] of 100000 dimensions at w/,
    ],
    [
      'whose constants together are beyond all memory',
      bytesOf({
        node: [
          ...Array.from({ length: 100 }, (_, i) => node('ConstantOfShape', ['s'], [`c${i}`])),
          ...Array.from({ length: 100 }, (_, i) => node('Add', [i === 0 ? 'image' : `a${i - 1}`, `c${i}`], [`a${i}`])),
        ],
        initializer: [ints('s', [1, 1, 4000, 4000])],
        output: [float('a99', [1, 3, 4000, 4000])],
      }),
      /at most 134217728 numbers to be computed from constants.*ConstantOfShape/,
    ],
    [
      'with a constant of a negative size',
      bytesOf({
        node: [node('ConstantOfShape', ['s'], ['c']), node('Add', ['image', 'c'], ['y'])],
        initializer: [ints('s', [-3, -8])],
      }),
      /at most 16777216 numbers in an array of constants, got \[-3, -8\]/,
    ],
    [
      'that splits an image in more than it is',
      bytesOf({
        node: [node('Split', ['image', 's'], ['y', 'z'], [{ name: 'axis', type: 2, i: 1 }])],
        initializer: [ints('s', [2_000_000_000, 2_000_000_000])],
      }),
      /at node y \(Split\)/,
    ],
    [
      'that repeats an image more often than it has pixels',
      bytesOf({ node: [node('Tile', ['image', 's'], ['y'])], initializer: [ints('s', [1, 2_000_000_000, 1, 1])] }),
      /expected 0 to 4096 copies, got 2000000000 at node y \(Tile\)/,
    ],
    [
      'with a slice of no step',
      bytesOf({
        node: [node('Slice', ['image', 'zero', 'end', 'axis', 'zero'], ['y'])],
        initializer: [ints('zero', [0]), ints('end', [8]), ints('axis', [2])],
      }),
      /at node y \(Slice\)/,
    ],
    [
      'that mirrors an image beyond all memory',
      bytesOf({
        node: [node('Pad', ['image', 's'], ['y'], [{ name: 'mode', type: 3, s: new TextEncoder().encode('edge') }])],
        initializer: [ints('s', [0, 0, 2_000_000_000, 0, 0, 0, 0, 0])],
      }),
      /entries of a padded axis.*at node y \(Pad\)/,
    ],
    [
      'that enlarges an image beyond all memory',
      bytesOf({
        node: [node('Resize', ['image', '', '', 's'], ['y'])],
        initializer: [ints('s', [1, 3, 2_000_000_000, 8])],
      }),
      /weights of a resize.*at node y \(Resize\)/,
    ],
    [
      'with strides of nothing',
      bytesOf({
        node: [node('Conv', ['image', 'w'], ['y'], [{ name: 'strides', type: 7, ints: [0, 0] }])],
        initializer: [{ name: 'w', dims: [4, 3, 3, 3], dataType: 1, floatData: new Array<number>(108).fill(1) }],
      }),
      /at node y \(Conv\)/,
    ],
    [
      'whose quantised arrays do not fit',
      bytesOf({
        node: [node('QLinearAdd', ['image', 'e', 'e', 'w', 'e', 'e'], ['y'])].map((one) => ({
          ...one,
          domain: 'com.microsoft',
        })),
        initializer: [
          { name: 'w', dims: [5, 5], dataType: 1, floatData: new Array<number>(25).fill(1) },
          { name: 'e', dims: [], dataType: 1, floatData: [1] },
        ],
      }),
      /shapes that repeat to each other.*at node y \(QLinearAdd\)/,
    ],
    [
      'that is in training',
      bytesOf({
        node: [
          node('BatchNormalization', ['image', 'v', 'v', 'v', 'v'], ['b'], [{ name: 'training_mode', type: 2, i: 1 }]),
          node('GlobalAveragePool', ['b'], ['p']),
          node('Flatten', ['p'], ['y']),
        ],
        initializer: [{ name: 'v', dims: [3], dataType: 1, floatData: [1, 1, 1] }],
      }),
      /expected a model for inference, got BatchNormalization in training mode at node b.*model.eval\(\)/,
    ],
  ])('%s is refused', async (_, bytes, message) => {
    expect(await refusal(bytes)).toMatch(message);
  });

  it('whose functions call each other without end is refused', async () => {
    const call = node('F', ['image'], ['y']);
    const inner = {
      name: 'F',
      domain: 'own',
      input: ['a'],
      output: ['b'],
      node: [{ ...node('F', ['a'], ['b']), domain: 'own' }],
    };
    const model = ModelProto.fromObject({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      functions: [inner],
      graph: {
        node: [{ ...call, domain: 'own' }],
        input: [float('image', [1, 3, 8, 8])],
        output: [float('y', [1, 3])],
      },
    });
    expect(await refusal(ModelProto.encode(model).finish())).toMatch(/functions at most 32 deep/);
  });

  it('whose functions have no nodes but calls beyond all time is refused', async () => {
    const functions = Array.from({ length: 30 }, (_, i) => ({
      name: `F${i}`,
      domain: 'own',
      input: ['a'],
      output: ['b'],
      node: i === 29 ? [] : new Array<Fields>(8).fill({ ...node(`F${i + 1}`, ['a'], ['c']), domain: 'own' }),
    }));
    const model = ModelProto.fromObject({
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      functions,
      graph: {
        node: [{ ...node('F0', ['image'], ['y']), domain: 'own' }],
        input: [float('image', [1, 3, 8, 8])],
        output: [float('y', [1, 3])],
      },
    });
    expect(await refusal(ModelProto.encode(model).finish())).toMatch(/at most 200000 nodes, got more/);
  });

  it.each<[string, number[], number]>([
    ['empty nodes', [0x0a, 0x00], 5_000_000],
    ['a list of small integers', [0x01], 9_000_000],
  ])('of %s without end is refused before it is decoded', async (what, unit, times) => {
    const content = new Uint8Array(unit.length * times);
    for (let i = 0; i < content.length; i++) content[i] = unit[i % unit.length] ?? 0;
    const within = (field: number, inner: Uint8Array): Uint8Array => {
      const head = [(field << 3) | 2];
      for (let rest = inner.length; ; rest >>>= 7) {
        head.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      return Buffer.concat([Uint8Array.from(head), inner]);
    };
    // The integers of a tensor of the graph.
    const graph = what === 'empty nodes' ? content : within(5, within(7, content));
    expect(await refusal(within(7, graph))).toMatch(/an ONNX model of at most 4194304 fields, 8388608 integers/);
  });

  it('reads a place of the files beside it once, and refuses places that overlap to more than the file', async () => {
    const part = (name: string, offset: number): Fields => ({
      name,
      dims: [4],
      dataType: 1,
      dataLocation: 1,
      externalData: [
        { key: 'location', value: 'parts.bin' },
        { key: 'offset', value: String(offset) },
        { key: 'length', value: '16' },
      ],
    });
    writeFileSync(join(folder, 'parts.bin'), new Uint8Array(32));
    const tied = bytesOf({ node: pooled, initializer: [part('a', 0), part('b', 0), part('c', 16)] });
    expect(await refusal(tied)).toBe('nothing');
    const over = bytesOf({ node: pooled, initializer: [part('a', 0), part('b', 4), part('c', 8)] });
    expect(await refusal(over)).toMatch(
      /weights of c .* in parts.bin beside it, got arrays of at least 48 bytes in a file of 32/,
    );
  });

  it('reads its weights from files beside it, and from nowhere else', async () => {
    const external = (location: string, length = 12): Uint8Array =>
      bytesOf({
        node: [
          node('Gemm', ['p2', 'w'], ['y']),
          node('Flatten', ['p'], ['p2']),
          node('GlobalAveragePool', ['image'], ['p']),
        ],
        initializer: [
          {
            name: 'w',
            dims: [3, 1],
            dataType: 1,
            dataLocation: 1,
            externalData: [
              { key: 'location', value: location },
              { key: 'length', value: String(length) },
            ],
          },
        ],
      });
    writeFileSync(join(folder, 'weights.bin'), new Uint8Array(Float32Array.of(1, 2, 3).buffer));
    const network = new FileNetwork(readOnnxModel(fileOf(external('weights.bin'))), { output: 'y' });
    expect([...(network.weights(8).get('w')?.data ?? [])]).toEqual([1, 2, 3]);

    const outside = join(tmpdir(), `hpo-outside-${process.pid}.bin`);
    writeFileSync(outside, new Uint8Array(12));
    symlinkSync(outside, join(folder, 'link.bin'));
    mkdirSync(join(folder, 'sub'), { recursive: true });
    for (const place of [
      '../weights.bin',
      '/etc/passwd',
      `../${outside.split('/').at(-1) ?? ''}`,
      'link.bin',
      'sub/../../x',
      '',
    ]) {
      expect(await refusal(external(place)), place).toMatch(/external data in the folder of the model/);
    }
    // As in the hub's own cache.
    expect(await refusal(external('link.bin'))).toContain('a link to');
    expect(await refusal(external('link.bin'))).toContain('copy the files of the model into one folder');
    rmSync(outside);
    expect(await refusal(external('nothing.bin'))).toMatch(/in nothing.bin beside it/);
    expect(await refusal(external('sub'))).toMatch(/a folder/);
    expect(await refusal(external('weights.bin', 4_000_000_000_000))).toMatch(/expected 12 bytes at an offset/);
  });

  it('refuses more numbers than any network has before it asks for their memory, also where their file takes no room on the disk', async () => {
    const file = join(folder, 'huge.bin');
    writeFileSync(file, '');
    truncateSync(file, 2 ** 34);
    const half = (name: string): Record<string, unknown> => ({
      ...{ name, dims: [2 ** 27 + 1], dataType: 1, dataLocation: 1 },
      externalData: [{ key: 'location', value: 'huge.bin' }],
    });
    const before = process.memoryUsage().rss;
    const initializer = [{ ...half('whole'), dims: [2 ** 28 + 1] }, half('a'), half('b')];
    const message = await refusal(bytesOf({ node: [node('Identity', ['image'], ['y'])], initializer }));
    expect(message).toContain(`expected a shape of at most ${2 ** 28} numbers`);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  it('with any byte changed or cut off is read, or refused with a message', async () => {
    const whole = bytesOf({
      node: [
        node('Conv', ['image', 'w'], ['c']),
        node('Relu', ['c'], ['r']),
        node('Shape', ['r'], ['s']),
        node('Gather', ['s', 'zero'], ['b']),
        node('Concat', ['b', 'rest'], ['t'], [{ name: 'axis', type: 2, i: 0 }]),
        node('Reshape', ['r', 't'], ['f']),
        node('Gemm', ['f', 'k'], ['y']),
      ],
      initializer: [
        { name: 'w', dims: [2, 3, 3, 3], dataType: 1, floatData: new Array<number>(54).fill(0.5) },
        ints('zero', [0]),
        ints('rest', [72]),
        { name: 'k', dims: [72, 3], dataType: 1, floatData: new Array<number>(216).fill(0.1) },
      ],
    });
    const random = RandomStream.of('hostile');
    const outcomes = new Set<string>();
    for (let i = 0; i < 600; i++) {
      const bytes = whole.slice(0, random.uniform(0, 1) < 0.3 ? random.integer(whole.length) : whole.length);
      for (let k = random.integer(4); k >= 0; k--)
        bytes[random.integer(Math.min(bytes.length, 700) || 1)] = random.integer(256);
      outcomes.add((await refusal(bytes)) === 'nothing' ? 'read' : 'refused');
    }
    expect([...outcomes].sort()).toEqual(['read', 'refused']);
  });
});
