// Arrays in memory: the least recently used goes first, shared memory is bounded, and threads share what they make.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { ARRAY_OVERHEAD, ArrayCache } from '../../src/system/array-cache.js';
import { EXEC_ARGV } from '../../src/system/program-file.js';
import { eventually } from '../eventually.js';

/** Bytes. */
const UNIT = 10_000;

/** An array that takes so many units of a cache. */
function sized(units: number): Float32Array {
  return new Float32Array((units * UNIT - ARRAY_OVERHEAD) / 4);
}

it('gives up the least recently used beyond its budget', () => {
  const cache = new ArrayCache<Float32Array>(10 * UNIT);
  for (const key of ['a', 'b']) cache.set(key, sized(4));
  cache.get('a');
  cache.set('c', sized(4));
  expect(['a', 'b', 'c'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  cache.set('too large', sized(10.04));
  expect(cache.get('too large')).toBeUndefined();
  expect(cache.get('c')).toBeDefined();
});

it('counts what V8 takes for each array', () => {
  const cache = new ArrayCache<Float32Array>(10 * ARRAY_OVERHEAD);
  for (let i = 0; i < 20; i++) cache.set(String(i), new Float32Array(1));
  expect(Array.from({ length: 20 }, (_, i) => cache.get(String(i))).filter((one) => one !== undefined)).toHaveLength(9);
});

it('has room in shared memory for as much as its budget in all, and in ordinary memory beyond', () => {
  const cache = new ArrayCache<Float32Array>(10 * UNIT);
  const kinds = [4, 4, 4, 2].map((units) => cache.memoryFor(units * UNIT - ARRAY_OVERHEAD).name);
  expect(kinds).toEqual(['SharedArrayBuffer', 'SharedArrayBuffer', 'ArrayBuffer', 'SharedArrayBuffer']);
});

/** In a cache that shares: an array in shared memory that takes so many units. */
function share(cache: ArrayCache<Float32Array>, key: string, units: number): Float32Array {
  const { byteLength } = sized(units);
  const array = new Float32Array(new (cache.memoryFor(byteLength))(byteLength));
  cache.set(key, array);
  return array;
}

it('shares arrays with the caches of its topic, the same memory and no copy', async () => {
  const [one, other, stranger] = ['test', 'test', 'another test'].map((topic) => new ArrayCache(10 * UNIT, topic)) as [
    ArrayCache<Float32Array>,
    ArrayCache<Float32Array>,
    ArrayCache<Float32Array>,
  ];
  const array = share(one, 'a', 4);
  await eventually(() => expect(other.get('a')).toBeDefined());
  array[7] = 42;
  expect(other.get('a')?.[7]).toBe(42);
  expect(other.bytes).toBe(4 * UNIT);
  expect(stranger.get('a')).toBeUndefined();
});

it('gives up what others made first, as long as nobody asked for it here', async () => {
  const [one, other] = [
    new ArrayCache<Float32Array>(10 * UNIT, 'order'),
    new ArrayCache<Float32Array>(10 * UNIT, 'order'),
  ];
  other.set('own', sized(2));
  share(one, 'asked', 2);
  share(one, 'not asked', 2);
  await eventually(() => expect(other.bytes).toBe(6 * UNIT));
  other.get('asked');
  other.set('new', sized(6));
  const isKept = ['own', 'asked', 'not asked', 'new'].map((key) => other.get(key) !== undefined);
  expect(isKept).toEqual([true, true, false, true]);
});

it('gives up nothing for what others made, and keeps ordinary memory to itself', async () => {
  const [one, other] = [
    new ArrayCache<Float32Array>(10 * UNIT, 'full'),
    new ArrayCache<Float32Array>(10 * UNIT, 'full'),
  ];
  other.set('own', sized(8));
  share(one, 'too much', 4);
  share(one, 'fits', 2);
  await eventually(() => expect(other.get('fits')).toBeDefined());
  expect(other.get('own')).toBeDefined();
  expect(other.get('too much')).toBeUndefined();
  expect(one.get('own')).toBeUndefined();
});

it('shares with other threads, and keeps what one made that has ended', async () => {
  const cache = new ArrayCache<Float32Array>(10 * UNIT, 'threads');
  const thread = new Worker(new URL('./support/sharing-thread.ts', import.meta.url), { execArgv: EXEC_ARGV });
  // Its open channel does not keep it.
  expect(await once(thread, 'exit')).toEqual([0]);
  await eventually(() => expect(cache.get('of a thread')).toEqual(new Float32Array(10).fill(1)));
});

it('keeps the array that it has where another of the same key is made', () => {
  const cache = new ArrayCache<Float32Array>(10 * UNIT);
  const first = share(cache, 'a', 0.4);
  share(cache, 'a', 0.4);
  expect(cache.get('a')).toBe(first);
  expect(cache.bytes).toBeCloseTo(0.4 * UNIT, 6);
});

it('gives up an earlier offer for a new one', async () => {
  const [one, other] = [new ArrayCache<Float32Array>(10 * UNIT, 'new'), new ArrayCache<Float32Array>(6 * UNIT, 'new')];
  share(one, 'earlier', 4);
  share(one, 'later', 4);
  await eventually(() => expect(other.get('later')).toBeDefined());
  expect(other.get('earlier')).toBeUndefined();
});
