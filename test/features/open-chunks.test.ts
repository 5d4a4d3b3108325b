// Chunk files that stay open: few at a time, and read as if they were opened for each image.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ChunkReader, writeChunk } from '../../src/features/chunk-file.js';
import { OpenChunks } from '../../src/features/open-chunks.js';
import { pack } from '../../src/features/precision.js';
import type { FeaturePrecision } from '../../src/study/schema/training-schema.js';

const [SIZE, RECORDS] = [4, 3];
const ABOUT = { study: 'a', network: 'b', cut: 'c', images: 'd' };
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'hpo-open-chunks-'))));
afterEach(() => rm(folder, { recursive: true }));

const layoutOf = (key: string, precision: FeaturePrecision = 'float32') => {
  return { key, precision, size: SIZE, records: RECORDS };
};
const file = (key: string): string => join(folder, key);

async function write(key: string, first: number, precision: FeaturePrecision = 'float32'): Promise<void> {
  const numbers = Float32Array.from({ length: SIZE * RECORDS }, (_, i) => first + i);
  const stored = precision === 'float32' ? numbers : new Uint16Array(numbers.length);
  pack(numbers, stored, 0);
  await writeChunk(file(key), layoutOf(key, precision), ABOUT, stored);
}

async function read(chunks: OpenChunks, key: string, record: number, precision: FeaturePrecision = 'float32') {
  const into = new Float32Array(SIZE + 2);
  const isRead = await chunks.use(file(key), layoutOf(key, precision), (reader) =>
    reader.readInto(record, into.subarray(1, 1 + SIZE)),
  );
  return isRead ? [...into] : undefined;
}

it.each(['float32', 'float16'] as const)('reads records of more chunks than may be open, in %s', async (precision) => {
  const chunks = new OpenChunks(1);
  await write('a', 0, precision);
  await write('b', 100, precision);
  for (let round = 0; round < 2; round++) {
    expect(await read(chunks, 'a', 1, precision)).toEqual([0, 4, 5, 6, 7, 0]);
    expect(await read(chunks, 'b', 2, precision)).toEqual([0, 108, 109, 110, 111, 0]);
  }
  await chunks.close();
});

it('reads more chunks at once than may be open', async () => {
  const chunks = new OpenChunks(2);
  const keys = ['a', 'b', 'c', 'd', 'e'];
  for (const [i, key] of keys.entries()) await write(key, 100 * i);
  for (let round = 0; round < 2; round++) {
    const results = await Promise.all([...keys, ...keys].map((key) => read(chunks, key, 0)));
    expect(results.map((numbers) => numbers?.[1])).toEqual([0, 100, 200, 300, 400, 0, 100, 200, 300, 400]);
  }
  await chunks.close();
});

it('reads an open file to its end, also when it is deleted or given up meanwhile', async () => {
  const chunks = new OpenChunks(1);
  await write('a', 0);
  await write('b', 100);
  const results = await Promise.all([0, 1, 2].map((record) => read(chunks, 'a', record)));
  expect(results.map((numbers) => numbers?.[1])).toEqual([0, 4, 8]);
  await rm(file('a'));
  expect(await read(chunks, 'a', 0)).toEqual([0, 0, 1, 2, 3, 0]);
  await chunks.forget('a');
  expect(await read(chunks, 'a', 0)).toBeUndefined();
  // What was not there is looked for again.
  await write('a', 50);
  expect((await read(chunks, 'a', 0))?.[1]).toBe(50);
  await chunks.close();
});

it('does not give out a record whose bytes have changed, and gives it out once it was written again', async () => {
  const chunks = new OpenChunks();
  await write('a', 0);
  const bytes = await readFile(file('a'));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(file('a'), bytes);
  expect(await read(chunks, 'a', 2)).toBeUndefined();
  expect(await read(chunks, 'a', 1)).toBeDefined();
  await write('a', 0);
  await chunks.forget('a');
  expect(await read(chunks, 'a', 2)).toBeDefined();
  await chunks.close();
});

it.skipIf(process.platform === 'win32')('does not wait for a named pipe', async () => {
  const chunks = new OpenChunks();
  execFileSync('mkfifo', [file('a')]);
  expect(await read(chunks, 'a', 0)).toBeUndefined();
  expect(await ChunkReader.about(file('a'))).toBeUndefined();
  await chunks.close();
});
