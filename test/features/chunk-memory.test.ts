// Memory for chunks: so many numbers of the right precision.
import { expect, it } from 'vitest';
import { ARRAY_OVERHEAD } from '../../src/system/array-cache.js';
import { ChunkMemory } from '../../src/features/chunk-store.js';

it('chunk memory holds both precisions, in shared memory up to its budget', () => {
  const memory = new ChunkMemory({ memory: 1000 + 2 * ARRAY_OVERHEAD, network: 'toy' });
  const rooms = [
    memory.newNumbers('float32', 100),
    memory.newNumbers('float16', 200),
    memory.newNumbers('float32', 100),
  ];
  expect(rooms.map(({ length }) => length)).toEqual([100, 200, 100]);
  expect(rooms.map(({ constructor }) => constructor.name)).toEqual(['Float32Array', 'Uint16Array', 'Float32Array']);
  expect(rooms.map(({ buffer }) => buffer.constructor.name)).toEqual([
    'SharedArrayBuffer',
    'SharedArrayBuffer',
    'ArrayBuffer',
  ]);
});
