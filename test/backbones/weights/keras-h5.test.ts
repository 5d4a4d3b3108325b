// Keras's HDF5 layouts, written here in small, and the real SqueezeNet file.
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import h5wasm, { type Group } from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { readKerasH5 } from '../../../src/backbones/weights/keras-h5.js';
import { temporaryFolder } from './temporary-folder.js';

const SQUEEZENET = '../shared/weights/squeezenet_v1.1_imagenet_notop.h5';

async function written(fill: (root: Group) => void): Promise<string> {
  await h5wasm.ready;
  const path = join(temporaryFolder(), 'weights.h5');
  const file = new h5wasm.File(path, 'w');
  fill(file);
  file.close();
  return path;
}

const numbers = (group: Group, name: string, data: number[], shape = [data.length]): unknown =>
  group.create_dataset({ name, data: Float32Array.from(data), shape });

function legacyNames(root: Group): void {
  root.create_attribute('layer_names', ['a', 'b']);
  for (const name of ['a', 'b']) {
    const group = root.create_group(name);
    group.create_attribute('weight_names', [`${name}/kernel:0`]);
    numbers(
      group.create_group(name),
      'kernel:0',
      Array.from({ length: 36 }, () => 0),
      [3, 3, 2, 2],
    );
  }
}

function legacy(root: Group): void {
  root.create_attribute('layer_names', ['pixels', 'b', 'a']);
  root.create_group('pixels').create_attribute('weight_names', Float64Array.of());
  const b = root.create_group('b');
  b.create_attribute('weight_names', ['b/kernel:0', 'b/bias:0']);
  const inner = b.create_group('b');
  numbers(inner, 'kernel:0', [1, 2, 3, 4], [2, 2]);
  numbers(inner, 'bias:0', [5, 6]);
  const a = root.create_group('a');
  a.create_attribute('weight_names', ['beta']);
  numbers(a, 'beta', [7]);
}

const EXPECTED = [
  {
    name: 'b',
    weights: [
      { name: 'kernel', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      { name: 'bias', shape: [2], data: Float32Array.of(5, 6) },
    ],
  },
  { name: 'a', weights: [{ name: 'beta', shape: [1], data: Float32Array.of(7) }] },
];

describe('readKerasH5', () => {
  it('reads a weights file, layers and weights in its own order', async () => {
    expect(await readKerasH5(await written(legacy))).toEqual(EXPECTED);
  });

  it('reads a file of a whole model', async () => {
    const path = await written((root) => {
      root.create_attribute('model_config', '{}');
      legacy(root.create_group('model_weights'));
      numbers(root.create_group('optimizer_weights'), 'iterations', [1]);
    });
    expect(await readKerasH5(path)).toEqual(EXPECTED);
  });

  it('reads a list of names that Keras spread over numbered attributes', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `layer${i}`);
    const path = await written((root) => {
      names.forEach((name, i) => root.create_attribute(`layer_names${i}`, [name]));
      names.forEach((name, i) => {
        const group = root.create_group(name);
        group.create_attribute('weight_names', ['w']);
        numbers(group, 'w', [i]);
      });
    });
    expect((await readKerasH5(path)).map((layer) => layer.name)).toEqual(names);
  });

  it('reads the layout of Keras 3, layers by the names that their variables bear', async () => {
    const path = await written((root) => {
      const layers = root.create_group('layers');
      const variables = layers.create_group('conv2d').create_group('vars');
      variables.create_attribute('name', 'Conv1');
      numbers(variables, '0', [1, 2]);
      numbers(variables, '1', [3]);
      layers.create_group('re_lu').create_group('vars');
      numbers(root.create_group('optimizer').create_group('vars'), '0', [9]);
    });
    expect(await readKerasH5(path)).toEqual([
      {
        name: 'Conv1',
        weights: [
          { name: '0', shape: [2], data: Float32Array.of(1, 2) },
          { name: '1', shape: [1], data: Float32Array.of(3) },
        ],
      },
    ]);
  });

  it('turns other kinds of numbers into float32', async () => {
    const path = await written((root) => {
      root.create_attribute('layer_names', ['a']);
      const a = root.create_group('a');
      a.create_attribute('weight_names', ['double', 'count']);
      a.create_dataset({ name: 'double', data: Float64Array.of(0.5), shape: [1] });
      a.create_dataset({ name: 'count', data: BigInt64Array.of(3n), shape: [1] });
    });
    expect((await readKerasH5(path))[0]!.weights.map((weight) => weight.data)).toEqual([
      Float32Array.of(0.5),
      Float32Array.of(3),
    ]);
  });

  it('names a weight that the file lists but does not hold', async () => {
    const path = await written((root) => {
      root.create_attribute('layer_names', ['a']);
      root.create_group('a').create_attribute('weight_names', ['kernel:0']);
    });
    await expect(readKerasH5(path)).rejects.toMatchObject({
      code: 'ERR_WEIGHTS',
      message: expect.stringContaining('kernel:0') as string,
    });
  });

  it('refuses an HDF5 file without weights', async () => {
    await expect(readKerasH5(await written((root) => numbers(root, 'x', [1])))).rejects.toThrow(
      /weights of a Keras model/,
    );
  });

  it('names a missing file', async () => {
    await expect(readKerasH5('/nowhere/w.h5')).rejects.toThrow(/got nothing at \/nowhere\/w\.h5/);
  });

  it('refuses a file of another kind', async () => {
    const path = join(temporaryFolder(), 'page.h5');
    writeFileSync(path, '<html>404</html>');
    await expect(readKerasH5(path)).rejects.toThrow(/another kind of file at .*page\.h5/);
  });

  it('refuses an empty file', async () => {
    const path = join(temporaryFolder(), 'empty.h5');
    writeFileSync(path, '');
    await expect(readKerasH5(path)).rejects.toMatchObject({ code: 'ERR_WEIGHTS' });
  });

  it('tells how much of a truncated file is there', async () => {
    const path = await written(legacy);
    const whole = readFileSync(path).length;
    truncateSync(path, whole - 100);
    await expect(readKerasH5(path)).rejects.toThrow(`a truncated one, ${whole - 100} of ${whole} bytes`);
  });

  it('tells of damage inside a file', async () => {
    const path = await written(legacy);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 96, 1000));
    await expect(readKerasH5(path)).rejects.toThrow(/expected a readable HDF5 file, got a damaged one \(.+\) at /);
  });

  it('still reads good files after a bad one', async () => {
    await expect(readKerasH5('/nowhere/w.h5')).rejects.toThrow();
    expect(await readKerasH5(await written(legacy))).toEqual(EXPECTED);
  });

  it.skipIf(!existsSync(SQUEEZENET))('reads the SqueezeNet file (needs ../shared/weights)', async () => {
    const layers = await readKerasH5(SQUEEZENET);
    expect(layers).toHaveLength(25);
    expect(layers[0]!.weights.map((weight) => weight.shape)).toEqual([[3, 3, 3, 64], [64]]);
  });
});

it('ends the reading of a file whose library never comes back from it', { timeout: 120_000 }, async () => {
  const file = await written(legacyNames);
  const bytes = readFileSync(file);
  // Names in a heap that is overwritten.
  writeFileSync(file, bytes.fill(255, 2173, 2207));
  await expect(readKerasH5(file)).rejects.toThrow(/damaged one \(reading it did not end within 7 s\)/);
});
