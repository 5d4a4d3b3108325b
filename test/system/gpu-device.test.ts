// A GPU is ruled out only where device files would show it.
import { expect, it } from 'vitest';
import { mayHaveComputeGpu, mayHaveGpu } from '../../src/system/gpu-device.js';

it('rules a GPU out on Linux without any device file of one', () => {
  expect(mayHaveGpu('linux', () => false)).toBe(false);
  expect(mayHaveGpu('linux', (file) => file === '/dev/nvidiactl')).toBe(true);
  expect(mayHaveGpu('linux', (file) => file === '/dev/dri')).toBe(true);
});

it('rules none out on other systems', () => {
  expect(mayHaveGpu('darwin', () => false)).toBe(true);
  expect(mayHaveGpu('win32', () => false)).toBe(true);
});

it('takes the graphics of a processor for no GPU that CUDA or ROCm runs on', () => {
  const has =
    (...files: readonly string[]) =>
    (file: unknown): boolean =>
      files.includes(String(file));
  expect(mayHaveComputeGpu('cuda', 'linux', has('/dev/dri'))).toBe(false);
  expect(mayHaveComputeGpu('cuda', 'linux', has('/dev/dri', '/dev/nvidiactl'))).toBe(true);
  expect(mayHaveComputeGpu('rocm', 'linux', has('/dev/nvidiactl'))).toBe(false);
  expect(mayHaveComputeGpu('rocm', 'linux', has('/dev/kfd'))).toBe(true);
  expect(mayHaveComputeGpu('cuda', 'win32', has())).toBe(true);
});
