// What is measured in a slot, moment by moment and in all.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseGpus } from '../../../src/system/nvidia-smi.js';
import { visibleGpus } from '../../../src/system/visible-gpus.js';
import { SlotMeter, type SlotUtilisation } from '../../../src/workers/slot/slot-meter.js';
import { planSlots } from '../../../src/workers/slot/slot-plan.js';
import { Utilisation } from '../../../src/workers/slot/utilisation.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('is the share of busy looks, the images heard of, and what the system says', () => {
  let now = 0;
  const meter = new SlotMeter(1, () => now);
  for (const busy of [true, true, true, false]) meter.look(busy);
  meter.look(true);
  meter.hear({ share: 0.5, images: 300 });
  now = 2000;
  expect(meter.measure({ memoryBytes: 2 ** 30 })).toEqual({
    slot: 1,
    busyShare: 0.8,
    imagesPerSecond: 150,
    epochProgress: 0.5,
    memoryBytes: 2 ** 30,
  });
  meter.look(false);
  expect(meter.measure({})).toEqual({ slot: 1, busyShare: 0 });
});

it('sums up what a report tells', () => {
  const meter = new SlotMeter(0, () => 0);
  meter.look(true);
  meter.report({ epoch: 1, metrics: {}, seconds: 2, work: { needed: 800, computed: 10, seconds: 0, running: 1.5 } });
  meter.measure({ memoryBytes: 3 * 2 ** 29, gpu: { load: 0.6 } });
  meter.measure({ gpu: { load: 0.8 } });
  expect(meter.summary()).toBe(
    'busy 100 %, 400 images/s, engine waits 25 %, at most 1.5 GiB, GPU load 70 %, waits 30 %',
  );
});

it('counts the time of batched trials once', () => {
  const meter = new SlotMeter(0, () => 0);
  meter.look(true);
  for (let lane = 0; lane < 4; lane++) {
    meter.report({ epoch: 1, metrics: {}, seconds: 2, work: { needed: 100, computed: 0, seconds: 0 } }, 4);
  }
  expect(meter.measure({}).imagesPerSecond).toBe(200);
  expect(meter.summary()).toBe('busy 100 %, 200 images/s');
});

it('is told of every slot now and then, with its own process and GPU, until it is stopped', async () => {
  const gpus = parseGpus('0, GPU-a, 8192, 1024, 7168, 50, 550, T4');
  const slots = planSlots({
    ...{ kind: 'process', workers: 'auto', trials: 9, trialsPerGpu: 1, cores: 4, memory: 2 ** 33, env: {} },
    gpus: visibleGpus(gpus, undefined),
  });
  const utilisation = new Utilisation({ slots, survey: () => Promise.resolve({ status: 'found', gpus }) });
  const measured: SlotUtilisation[] = [];
  utilisation.start({ state: () => [{ busy: true, pid: process.pid }] }, (one) => measured.push(one));
  await vi.advanceTimersByTimeAsync(4100);
  expect(measured).toHaveLength(2);
  expect(measured[0]).toMatchObject({ slot: 0, busyShare: 1, gpu: { load: 0.5, memoryBytes: 2 ** 30 } });
  if (process.platform === 'linux') expect(measured[0]?.memoryBytes).toBeGreaterThan(2 ** 20);
  expect(utilisation.stop()[0]).toMatch(/^slot 1 \(GPU 0\): busy 100 %, .*GPU load 50 %, waits 50 %$/);
  await vi.advanceTimersByTimeAsync(4100);
  expect(measured).toHaveLength(2);
});
