// Arrays in memory: the least recently used goes first, shared memory is bounded, and threads share what they make.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { ArrayCache } from '../../src/system/array-cache.js';
import { EXEC_ARGV } from '../../src/system/program-file.js';
import { eventually } from '../eventually.js';

it('gives up the least recently used beyond its budget', () => {
  const cache = new ArrayCache<Float32Array>(1000);
  for (const key of ['a', 'b']) cache.set(key, new Float32Array(100));
  cache.get('a');
  cache.set('c', new Float32Array(100));
  expect(['a', 'b', 'c'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  cache.set('too large', new Float32Array(251));
  expect(cache.get('too large')).toBeUndefined();
  expect(cache.get('c')).toBeDefined();
});

it('has room in shared memory for as much as its budget in all, and in ordinary memory beyond', () => {
  const cache = new ArrayCache<Float32Array>(1000);
  const kinds = [400, 400, 400, 200].map((bytes) => cache.memoryFor(bytes).name);
  expect(kinds).toEqual(['SharedArrayBuffer', 'SharedArrayBuffer', 'ArrayBuffer', 'SharedArrayBuffer']);
});

/** In a cache that shares: an array of so many numbers in shared memory. */
function share(cache: ArrayCache<Float32Array>, key: string, length: number): Float32Array {
  const array = new Float32Array(new (cache.memoryFor(4 * length))(4 * length));
  cache.set(key, array);
  return array;
}

it('shares arrays with the caches of its topic, the same memory and no copy', async () => {
  const [one, other, stranger] = ['test', 'test', 'another test'].map((topic) => new ArrayCache(1000, topic)) as [
    ArrayCache<Float32Array>,
    ArrayCache<Float32Array>,
    ArrayCache<Float32Array>,
  ];
  const array = share(one, 'a', 100);
  await eventually(() => expect(other.get('a')).toBeDefined());
  array[7] = 42;
  expect(other.get('a')?.[7]).toBe(42);
  expect(other.bytes).toBe(400);
  expect(stranger.get('a')).toBeUndefined();
});

it('gives up what others made first, as long as nobody asked for it here', async () => {
  const [one, other] = [new ArrayCache<Float32Array>(1000, 'order'), new ArrayCache<Float32Array>(1000, 'order')];
  other.set('own', new Float32Array(50));
  share(one, 'asked', 50);
  share(one, 'not asked', 50);
  await eventually(() => expect(other.bytes).toBe(600));
  other.get('asked');
  other.set('new', new Float32Array(150));
  const isKept = ['own', 'asked', 'not asked', 'new'].map((key) => other.get(key) !== undefined);
  expect(isKept).toEqual([true, true, false, true]);
});

it('gives up nothing for what others made, and keeps ordinary memory to itself', async () => {
  const [one, other] = [new ArrayCache<Float32Array>(1000, 'full'), new ArrayCache<Float32Array>(1000, 'full')];
  other.set('own', new Float32Array(200));
  share(one, 'too much', 100);
  share(one, 'fits', 50);
  await eventually(() => expect(other.get('fits')).toBeDefined());
  expect(other.get('own')).toBeDefined();
  expect(other.get('too much')).toBeUndefined();
  expect(one.get('own')).toBeUndefined();
});

it('shares with other threads, and keeps what one made that has ended', async () => {
  const cache = new ArrayCache<Float32Array>(1000, 'threads');
  const thread = new Worker(new URL('./support/sharing-thread.ts', import.meta.url), { execArgv: EXEC_ARGV });
  // Its open channel does not keep it.
  expect(await once(thread, 'exit')).toEqual([0]);
  await eventually(() => expect(cache.get('of a thread')).toEqual(new Float32Array(10).fill(1)));
});

it('keeps the array that it has where another of the same key is made', () => {
  const cache = new ArrayCache<Float32Array>(1000);
  const first = share(cache, 'a', 10);
  share(cache, 'a', 10);
  expect(cache.get('a')).toBe(first);
  expect(cache.bytes).toBe(40);
});

it('gives up an earlier offer for a new one', async () => {
  const [one, other] = [new ArrayCache<Float32Array>(1000, 'new'), new ArrayCache<Float32Array>(600, 'new')];
  share(one, 'earlier', 100);
  share(one, 'later', 100);
  await eventually(() => expect(other.get('later')).toBeDefined());
  expect(other.get('earlier')).toBeUndefined();
});
