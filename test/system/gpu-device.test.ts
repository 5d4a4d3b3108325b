// A GPU is ruled out only where device files would show it.
import { expect, it } from 'vitest';
import { mayHaveGpu } from '../../src/system/gpu-device.js';

it('rules a GPU out on Linux without any device file of one', () => {
  expect(mayHaveGpu('linux', () => false)).toBe(false);
  expect(mayHaveGpu('linux', (file) => file === '/dev/nvidiactl')).toBe(true);
  expect(mayHaveGpu('linux', (file) => file === '/dev/dri')).toBe(true);
});

it('rules none out on other systems', () => {
  expect(mayHaveGpu('darwin', () => false)).toBe(true);
  expect(mayHaveGpu('win32', () => false)).toBe(true);
});
