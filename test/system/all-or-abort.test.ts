// All results, or the first error with nothing left running.
import { expect, it } from 'vitest';
import { allOrAbort } from '../../src/system/all-or-abort.js';

it('gives all results in order', async () => {
  const abort = new AbortController();
  const [number, text] = await allOrAbort([Promise.resolve(1), Promise.resolve('a')], abort);
  expect([number, text, abort.signal.aborted]).toEqual([1, 'a', false]);
});

it('throws the first error once what it aborted has ended', async () => {
  const abort = new AbortController();
  let ended = false;
  const other = new Promise((_, reject) => {
    abort.signal.addEventListener('abort', () => setImmediate(() => ((ended = true), reject(new Error('aborted')))));
  });
  const failing = allOrAbort([other, Promise.reject(new Error('no engine'))], abort);
  await expect(failing).rejects.toThrow('no engine');
  expect(ended).toBe(true);
  expect(abort.signal.reason).toMatchObject({ message: 'no engine' });
});
