// How many trials one GPU carries.
import { expect, it } from 'vitest';
import { type GpuShareOptions, trialsOnGpu } from '../../../src/app/setup/gpu-share.js';

/** A GPU on which so many processes train so many images per second together. */
function share(speeds: Readonly<Record<number, number>>, options: Partial<GpuShareOptions> = {}) {
  return trialsOnGpu({
    measure: async (processes) => speeds[processes],
    step: 300e6,
    most: 30,
    free: 80e9,
    ...options,
  });
}

it('takes as many as train a tenth more than the number before', async () => {
  expect(await share({ 1: 1000, 2: 1900, 3: 2500, 4: 2600 })).toEqual({
    trials: 3,
    note: '3 trials a GPU: 1 trains 1000 images/s, 2 train 1900, 3 train 2500, 4 train 2600',
  });
  expect((await share({ 1: 1000, 2: 1050, 3: 9000 })).trials).toBe(1);
});

it('takes no more than fail for want of memory, or than there is memory or work for', async () => {
  const fast = { 1: 1000, 2: 2000, 3: 3000, 4: 4000, 6: 6000, 8: 8000 };
  expect((await share(fast)).trials).toBe(8);
  expect((await share({ 1: 1000, 2: 2000 })).note).toBe('2 trials a GPU: 1 trains 1000 images/s, 2 train 2000, 3 fail');
  expect(await share(fast, { free: 4.5e9 })).toEqual({
    trials: 3,
    note: '3 trials a GPU: 1 trains 1000 images/s, 2 train 2000, 3 train 3000; there is memory for 3',
  });
  expect(await share(fast, { free: undefined })).toEqual({
    trials: 2,
    note: '2 trials a GPU: 1 trains 1000 images/s, 2 train 2000; no more, since its memory is unknown',
  });
  expect((await share(fast, { most: 2 })).trials).toBe(2);
  expect((await share(fast, { free: 1e8 })).trials).toBe(1);
});

it('stays with one where the engine cannot be measured', async () => {
  expect((await share({})).trials).toBe(1);
});
