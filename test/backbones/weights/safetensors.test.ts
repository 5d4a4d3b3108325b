// The safetensors reader and writer.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeOf, type HostTensor } from '../../../src/graph/host-tensor.js';
import { readSafetensors, writeSafetensors } from '../../../src/backbones/weights/safetensors.js';
import { temporaryFolder } from './temporary-folder.js';

const tensor = fc
  .tuple(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }), fc.infiniteStream(fc.float()))
  .map(([shape, numbers]): HostTensor => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => numbers.next().value as number);
    return { shape, role: shape.length === 4 ? 'kernel' : 'plain', data };
  });
const names = fc.string({ minLength: 1 }).filter((name) => !name.startsWith('__'));

function file(header: unknown, body = Buffer.alloc(0)): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, body]);
}

describe('safetensors', () => {
  it('gives back any tensors, bit for bit, with their roles', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, tensor, { maxKeys: 5, noNullPrototype: true }), async (entries) => {
        const tensors = new Map(Object.entries(entries));
        await writeSafetensors(path, tensors);
        expect((await readSafetensors(path)).tensors).toEqual(tensors);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps metadata', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    await writeSafetensors(path, new Map(), { epoch: '3', note: 'Größe "x"' });
    expect((await readSafetensors(path)).metadata).toEqual({ epoch: '3', note: 'Größe "x"' });
  });

  it('starts the numbers at a multiple of eight bytes and keeps to the published layout', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    await writeSafetensors(path, new Map([['w', { shape: [2], role: 'plain', data: Float32Array.of(1, -2) }]]));
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
    expect((8 + length) % 8).toBe(0);
    expect(header['w']).toEqual({ dtype: 'F32', shape: [2], data_offsets: [0, 8] });
    expect([bytes.readFloatLE(8 + length), bytes.readFloatLE(12 + length)]).toEqual([1, -2]);
  });

  it('widens float16 and bfloat16, and passes over integers', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    const header = {
      half: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
      batches: { dtype: 'I64', shape: [], data_offsets: [4, 12] },
      brain: { dtype: 'BF16', shape: [1, 1], data_offsets: [12, 14] },
    };
    const body = Buffer.concat([
      Buffer.from(Uint16Array.of(0x3c00, 0xc100).buffer),
      Buffer.alloc(8, 1),
      Buffer.from([0x40, 0xc0]),
    ]);
    writeFileSync(path, file(header, body));
    const { tensors } = await readSafetensors(path);
    expect([...tensors].map(([name, { shape, data }]) => [name, shape, [...data]])).toEqual([
      ['half', [2], [1, -2.5]],
      ['brain', [1, 1], [-3]],
    ]);
  });

  it('leaves nothing beside the file', async () => {
    const folder = temporaryFolder();
    await writeSafetensors(join(folder, 'a.safetensors'), new Map());
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
  });

  it('refuses to write numbers that do not fill their shape, and keeps the old file', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    await writeSafetensors(path, new Map(), { version: 'old' });
    const short: HostTensor = { shape: [2], role: 'plain', data: Float32Array.of(1) };
    await expect(writeSafetensors(path, new Map([['w', short]]))).rejects.toThrow(/expected 2 numbers, got 1 in w/);
    expect((await readSafetensors(path)).metadata).toEqual({ version: 'old' });
  });

  it('reads a view into a larger buffer, not the buffer', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    await writeSafetensors(path, new Map([['w', { shape: [2], role: 'plain', data }]]));
    expect((await readSafetensors(path)).tensors.get('w')?.data).toEqual(Float32Array.of(1, 2));
  });

  it('names a missing file', async () => {
    await expect(readSafetensors('/nowhere/a.safetensors')).rejects.toMatchObject({
      code: 'ERR_WEIGHTS',
      message: expect.stringContaining('/nowhere/a.safetensors') as string,
    });
  });

  it('refuses a file that was cut off anywhere', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    await writeSafetensors(path, new Map([['w', { shape: [3], role: 'plain', data: Float32Array.of(1, 2, 3) }]]));
    for (let size = readFileSync(path).length - 1; size >= 0; size--) {
      truncateSync(path, size);
      await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'ERR_WEIGHTS' });
    }
  });

  it.each([
    ['a header that is no JSON', file('{"w":'), /JSON header/],
    ['a header that is a list', file([1]), /JSON object/],
    [
      'a header longer than the file',
      Buffer.from([255, 255, 255, 255, 255, 255, 255, 127, 1, 2]),
      /safetensors header/,
    ],
    [
      'an eight-bit float',
      file({ w: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, Buffer.alloc(1)),
      /F32, F16 or BF16, got "F8_E4M3" in w/,
    ],
    [
      'a size that is not the shape’s',
      file({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, Buffer.alloc(4)),
      /8 bytes, got 4 in w/,
    ],
    ['negative offsets', file({ w: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }), /data_offsets/],
    [
      'data beyond the end',
      file({ w: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, Buffer.alloc(4)),
      /truncated/,
    ],
    [
      'overlapping tensors',
      file(
        {
          v: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        },
        Buffer.alloc(4),
      ),
      /the data of w at byte 4, got it at byte 0/,
    ],
    ['a gap', file({ w: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, Buffer.alloc(8)), /of w at byte 0/],
    ['bytes that belong to nothing', file({}, Buffer.alloc(8)), /expected 0 bytes of data, got 8/],
    [
      'a size beyond all numbers',
      file({ w: { dtype: 'F32', shape: Array(8).fill(2 ** 50), data_offsets: [0, 4] } }),
      /in w/,
    ],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), /__metadata__ of texts/],
    ['an entry that is null', file({ w: null }), /dtype, shape and data_offsets/],
  ])('refuses %s', async (_, bytes, message) => {
    const path = join(temporaryFolder(), 'a.safetensors');
    writeFileSync(path, bytes);
    await expect(readSafetensors(path)).rejects.toThrow(message);
  });
});

describe('the checksum of a file', () => {
  it('tells any single flipped bit', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    const w: HostTensor = { shape: [2], role: 'plain', data: Float32Array.of(1, -2) };
    await writeSafetensors(path, new Map([['w', w]]), { epoch: '3' });
    expect((await readSafetensors(path)).isChecked).toBe(true);
    const bytes = readFileSync(path);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, flipped);
      // Where the checksum itself cannot be found any more, the file says so.
      const read = await readSafetensors(path).catch(() => undefined);
      expect(read?.isChecked ?? false, `bit ${bit}`).toBe(false);
    }
  });

  it('is not asked of files that others wrote', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    writeFileSync(path, file({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, Buffer.alloc(4)));
    expect(await readSafetensors(path)).toMatchObject({ isChecked: false, metadata: {} });
  });
});

describe.skipIf(process.platform === 'win32')('a weights file that is no file', () => {
  it('is refused at once', async () => {
    const pipe = join(temporaryFolder(), 'pipe.safetensors');
    execFileSync('mkfifo', [pipe]);
    await expect(readSafetensors(pipe)).rejects.toThrow(/expected a file, got a named pipe/);
    await expect(readSafetensors('/dev/zero')).rejects.toThrow(/expected a file, got a device/);
    await expect(readSafetensors(temporaryFolder())).rejects.toThrow(/a folder/);
  });
});
