// Arrays that are used again belong to one taker at a time.
import { expect, it } from 'vitest';
import { ArrayPool } from '../../src/system/array-pool.js';

it('gives an array again after it was given back, and not before', () => {
  const pool = new ArrayPool();
  const [first, second] = [pool.take(100), pool.take(100)];
  expect(first.buffer).not.toBe(second.buffer);
  pool.give(first);
  const third = pool.take(120);
  expect([third.buffer === first.buffer, third.length]).toEqual([true, 120]);
  expect(pool.take(120).buffer).not.toBe(second.buffer);
});

it('gives arrays of the length that was asked for, whatever the length', () => {
  const pool = new ArrayPool();
  for (const length of [0, 1, 2, 3, 1000, 1024, 1025]) {
    const array = pool.take(length);
    expect([array.length, array.byteOffset]).toEqual([length, 0]);
    pool.give(array);
  }
});

it('takes back its array, also where its user fails', async () => {
  const pool = new ArrayPool();
  const used: Float32Array[] = [];
  const failing = pool.withArray(10, async (array) => {
    used.push(array);
    expect(pool.take(10).buffer).not.toBe(array.buffer);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await pool.withArray(10, async ({ buffer }) => buffer)).toBe(used[0]?.buffer);
});
