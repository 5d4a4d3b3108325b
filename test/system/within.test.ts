// Waiting, but not for ever.
import { expect, it } from 'vitest';
import { within } from '../../src/system/within.js';

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

it('leaves no timer that would keep the process alive', async () => {
  const before = timers();
  expect(await within(Promise.resolve(), 600_000)).toBe(true);
  expect(await within(Promise.reject(new Error('gone')), 600_000)).toBe(true);
  expect(timers()).toBe(before);
});

it('does not wait longer than it may', async () => {
  expect(await within(new Promise(() => {}), 1)).toBe(false);
});
