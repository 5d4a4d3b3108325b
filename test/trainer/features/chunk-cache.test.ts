// Chunks in memory: the least recently used goes first, and shared memory is bounded.
import { expect, it } from 'vitest';
import { ChunkCache } from '../../../src/trainer/features/chunk-cache.js';

it('gives up the least recently used beyond its budget', () => {
  const cache = new ChunkCache(1000);
  for (const key of ['a', 'b']) cache.set(key, new Float32Array(100));
  cache.get('a');
  cache.set('c', new Float32Array(100));
  expect(['a', 'b', 'c'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  cache.set('too large', new Float32Array(251));
  expect(cache.get('too large')).toBeUndefined();
  expect(cache.get('c')).toBeDefined();
});

it('has room in shared memory for as much as its budget in all, and in ordinary memory beyond', () => {
  const cache = new ChunkCache(1000);
  const isShared = (array: ArrayBufferView): boolean => array.buffer instanceof SharedArrayBuffer;
  const rooms = [
    cache.room('float32', 100),
    cache.room('float16', 200),
    cache.room('float32', 100),
    cache.room('float32', 50),
  ];
  expect(rooms.map(isShared)).toEqual([true, true, false, true]);
  expect(rooms.map(({ length }) => length)).toEqual([100, 200, 100, 50]);
  expect(rooms.map(({ constructor }) => constructor.name)).toEqual([
    'Float32Array',
    'Uint16Array',
    'Float32Array',
    'Float32Array',
  ]);
});
