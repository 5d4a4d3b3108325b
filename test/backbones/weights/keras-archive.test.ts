// .keras archives: a zip around Keras 3's weights.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import h5wasm from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { readKerasArchive } from '../../../src/backbones/weights/keras-archive.js';
import { temporaryFolder } from './temporary-folder.js';

async function kerasWeights(): Promise<Uint8Array> {
  await h5wasm.ready;
  const path = join(temporaryFolder(), 'model.weights.h5');
  const file = new h5wasm.File(path, 'w');
  const variables = file.create_group('layers').create_group('conv2d').create_group('vars');
  variables.create_attribute('name', 'Conv1');
  variables.create_dataset({ name: '0', data: Float32Array.of(1, 2), shape: [2] });
  file.close();
  return readFileSync(path);
}

function written(entries: Record<string, Uint8Array>, level: 0 | 9 = 0): string {
  const file = join(temporaryFolder(), 'model.keras');
  writeFileSync(file, zipSync(entries, { level }));
  return file;
}

describe('readKerasArchive', () => {
  it.each([0, 9] as const)('reads the weights by the names of their layers, packed at level %i', async (level) => {
    const entries = { 'metadata.json': strToU8('{}'), 'model.weights.h5': await kerasWeights() };
    expect(await readKerasArchive(written(entries, level))).toEqual([
      { name: 'Conv1', weights: [{ name: '0', shape: [2], data: Float32Array.of(1, 2) }] },
    ]);
  });

  it('says that an archive has no weights', async () => {
    await expect(readKerasArchive(written({ 'config.json': strToU8('{}') }))).rejects.toThrow(
      /expected model\.weights\.h5 in the archive, got none at .*model\.keras/,
    );
  });

  it('names the archive where the weights in it are damaged', async () => {
    await expect(readKerasArchive(written({ 'model.weights.h5': strToU8('no HDF5') }))).rejects.toThrow(
      /expected a readable HDF5 file, got .* at .*model\.keras/,
    );
  });

  it('ends in a message for a file that is no zip, is cut off or is missing', async () => {
    const file = written({ 'model.weights.h5': await kerasWeights() });
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length - 30));
    await expect(readKerasArchive(file)).rejects.toMatchObject({ code: 'ERR_WEIGHTS' });
    writeFileSync(file, 'text');
    await expect(readKerasArchive(file)).rejects.toThrow(/expected a \.keras archive, got one that cannot be unpacked/);
    await expect(readKerasArchive(`${file}.none`)).rejects.toThrow(/expected a weights file, got nothing/);
  });

  it('unpacks nothing that claims to be larger than it can be', async () => {
    const file = written({ 'model.weights.h5': new Uint8Array(1000) }, 9);
    const bytes = readFileSync(file);
    const directory = bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    bytes.writeUInt32LE(2 ** 31 - 2, directory + 24);
    writeFileSync(file, bytes);
    await expect(readKerasArchive(file)).rejects.toThrow(
      /expected model\.weights\.h5 of at most \d+ bytes, got 2147483646/,
    );
  });
});
