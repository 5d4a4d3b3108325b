// The script of the live page without a browser: what it does where the server never answers.
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const script = readFileSync(new URL('../../assets/report/live.js', import.meta.url), 'utf8');

it('says that there is no connection where an answer does not come', async () => {
  const timers = new Map<number, () => void>();
  let [count, requests] = [0, 0];
  const line = { textContent: '', hidden: true };
  const listeners: (() => void)[] = [];
  const context = createContext({
    AbortController,
    data: { version: 1 },
    document: { hidden: false, addEventListener: () => {}, getElementById: () => line },
    window: { addEventListener: (_: string, listener: () => void) => listeners.push(listener) },
    sessionStorage: { getItem: () => null, removeItem: () => {} },
    setTimeout: (act: () => void) => (timers.set(++count, act), count),
    clearTimeout: (id: number) => timers.delete(id),
    fetch: (_: string, { signal }: { signal: AbortSignal }) => {
      requests++;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  });
  runInContext(script, context);
  for (const listener of listeners) listener();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect([requests, timers.size, line.hidden]).toEqual([1, 1, true]);
  for (const [id, act] of [...timers]) {
    timers.delete(id);
    act();
  }
  await settle();
  expect(line).toEqual({ textContent: expect.stringContaining('No connection') as string, hidden: false });
  for (const act of [...timers.values()]) act();
  await settle();
  expect(requests).toBe(2);
});
