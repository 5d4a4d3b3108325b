// GGUF files: what they hold, and files that are not what they say.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpoError } from '../../../src/study/errors.js';
import { readGguf } from '../../../src/backbones/weights/gguf.js';
import { temporaryFolder } from './temporary-folder.js';

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

interface Tensor {
  readonly name: string;
  /** Fastest first, as the format lists them. */
  readonly dimensions: readonly number[];
  readonly type: number;
  readonly bytes: Buffer;
}

/** A file with these tensors, each at a multiple of 32. */
function gguf(tensors: readonly Tensor[], metadata: readonly Buffer[] = []): Buffer {
  let offset = 0;
  const bodies: Buffer[] = [];
  const entries = tensors.map(({ name, dimensions, type, bytes }) => {
    const entry = [text(name), u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(offset)];
    const padded = Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
    bodies.push(padded);
    offset += padded.length;
    return Buffer.concat(entry);
  });
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length), ...metadata, ...entries];
  const header = Buffer.concat(head);
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32), ...bodies]);
}

function written(bytes: Buffer): string {
  const file = join(temporaryFolder(), 'w.gguf');
  writeFileSync(file, bytes);
  return file;
}

const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const shorts = (...values: number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer);

const SAMPLE = [
  { name: 'a', dimensions: [3, 2], type: 0, bytes: floats(1, 2, 3, 4, 5, 6) },
  // 1, −2, the smallest number above 0, infinity.
  { name: 'half', dimensions: [4], type: 1, bytes: shorts(0x3c00, 0xc000, 0x0001, 0x7c00) },
  { name: 'brain', dimensions: [2], type: 30, bytes: shorts(0x3f80, 0xc040) },
];

describe('readGguf', () => {
  it('reads float32, float16 and bfloat16, with the slowest dimension first', async () => {
    const { tensors } = await readGguf(written(gguf(SAMPLE)));
    expect(tensors.get('a')).toEqual({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect([...(tensors.get('half')?.data ?? [])]).toEqual([1, -2, 2 ** -24, Infinity]);
    expect([...(tensors.get('brain')?.data ?? [])]).toEqual([1, -3]);
  });

  it('reads metadata, and passes over lists', async () => {
    const list = Buffer.concat([text('list'), u32(9), u32(8), u64(2), text('x'), text('y')]);
    const name = Buffer.concat([text('general.architecture'), u32(8), text('tiny')]);
    const { metadata, tensors } = await readGguf(written(gguf(SAMPLE, [list, name])));
    expect([...metadata]).toEqual([['general.architecture', 'tiny']]);
    expect(tensors.size).toBe(3);
  });

  it('refuses a quantised tensor by its name', async () => {
    const file = written(gguf([{ name: 'q', dimensions: [32], type: 8, bytes: Buffer.alloc(34) }]));
    await expect(readGguf(file)).rejects.toThrow(/expected float32, float16 or bfloat16, got .* in q at /);
  });

  it('refuses a tensor that is there twice', async () => {
    await expect(readGguf(written(gguf([SAMPLE[0]!, SAMPLE[0]!])))).rejects.toThrow('expected each tensor once');
  });

  it('allocates nothing for numbers that the file does not hold', async () => {
    const huge = { name: 'huge', dimensions: [2 ** 20, 2 ** 20], type: 0, bytes: Buffer.alloc(0) };
    await expect(readGguf(written(gguf([huge])))).rejects.toThrow(/at most \d+ numbers, got more with huge/);
    const list = Buffer.concat([text('list'), u32(9), u32(0), u64(2 ** 50)]);
    await expect(readGguf(written(gguf([], [list])))).rejects.toThrow(/a list inside the file/);
  });

  it('ends with a message for every file that is cut off', async () => {
    const whole = gguf(SAMPLE.slice(0, 1));
    for (let length = 0; length < whole.length - 8; length += 7) {
      await expect(readGguf(written(whole.subarray(0, length)))).rejects.toMatchObject({ code: 'ERR_WEIGHTS' });
    }
  });

  it('ends with numbers or a message, whatever bytes are changed', async () => {
    const whole = gguf(SAMPLE, [Buffer.concat([text('k'), u32(9), u32(9), u64(1), u32(4), u64(1), u32(7)])]);
    const change = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(change, async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const file = written(bytes);
        const result = await readGguf(file).catch((error: unknown) => error);
        expect(result instanceof HpoError || !(result instanceof Error)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
