// Slots on GPUs, from what nvidia-smi and CUDA_VISIBLE_DEVICES say to what the child process of each slot really sees.
import { describe, expect, it } from 'vitest';
import { HpoError } from '../../src/study/errors.js';
import { type Gpu, parseGpus } from '../../src/system/nvidia-smi.js';
import { visibleGpus } from '../../src/system/visible-gpus.js';
import { type WantedGpus, chooseGpus } from '../../src/workers/slot/gpu-choice.js';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { type SlotDemand, type SlotPlan, planSlots } from '../../src/workers/slot/slot-plan.js';
import { assignment, train } from './runner-contract.js';

/** MiB in use on each GPU of 80 GiB. */
function machineWith(...used: number[]): Gpu[] {
  return parseGpus(
    used.map((mib, i) => `${i}, GPU-${i}${i}${i}, 81920, ${mib}, ${81920 - mib}, 0, 550, H100`).join('\n'),
  );
}

const demand: SlotDemand = {
  kind: 'process',
  workers: 'auto',
  trials: 100,
  gpus: 'hidden',
  trialsPerGpu: 1,
  cores: 16,
  memory: 64 * 2 ** 30,
  env: {},
};

function slotsOn(
  gpus: readonly Gpu[] | undefined,
  variable?: string,
  wanted: WantedGpus = 'auto',
  more: Partial<SlotDemand> = {},
) {
  const choice = chooseGpus(visibleGpus(gpus, variable), wanted);
  return { slots: planSlots({ ...demand, gpus: choice.gpus, ...more }), notices: choice.notices };
}

const devices = (slots: readonly SlotPlan[]): (string | undefined)[] =>
  slots.map(({ env }) => env['CUDA_VISIBLE_DEVICES']);

describe('the GPUs that a study takes', () => {
  it.each([1, 2, 8])('are all %i that there are', (count) => {
    const { slots, notices } = slotsOn(machineWith(...new Array<number>(count).fill(4)));
    expect(devices(slots)).toEqual(Array.from({ length: count }, (_, i) => `GPU-${i}${i}${i}`));
    expect(notices).toEqual([]);
  });

  it('are not those that are busy with other work, which are named', () => {
    const { slots, notices } = slotsOn(machineWith(4, 40_000, 4));
    expect(devices(slots)).toEqual(['GPU-000', 'GPU-222']);
    expect(notices).toEqual(['GPU 1 (H100) is busy with other work and is not used: 39.1 GiB of 80 GiB in use']);
  });

  it('are also those on which only NVIDIA’s server for several processes runs', () => {
    const gpus = parseGpus('0, GPU-a, 8192, 30, 8162, 0, 550, T4', 'GPU-a, 77, 28, nvidia-cuda-mps-server');
    expect(devices(slotsOn(gpus).slots)).toEqual(['GPU-a']);
  });

  it('are not those on which somebody computes, however little memory that takes', () => {
    const gpus = parseGpus('0, GPU-a, 8192, 300, 7892, 90, 550, T4', 'GPU-a, 77, 200, python');
    expect(slotsOn(gpus).notices[0]).toMatch(
      /^GPU 0 \(T4\) is busy .*: process 77 \(python\), 0\.293 GiB of 8 GiB in use$/,
    );
  });

  it('are those that the study names, also where others are on them', () => {
    expect(devices(slotsOn(machineWith(4, 40_000, 4, 4), undefined, [3, 'GPU-11']).slots)).toEqual([
      'GPU-333',
      'GPU-111',
    ]);
    const full = slotsOn(machineWith(81_500), undefined, [0], { gpus: [] });
    expect(full.notices).toEqual(['GPU 0 is not used: only 0.41 GiB of 80 GiB are free']);
  });

  it('are so many free ones as the study asks for', () => {
    const machine = machineWith(40_000, 4, 4, 4);
    expect(devices(slotsOn(machine, undefined, 2).slots)).toEqual(['GPU-111', 'GPU-222']);
    expect(slotsOn(machine, undefined, 4).notices).toContain('resources.gpus: expected 4 free GPUs, found 3 of 4');
  });

  it.each<[string, string[]]>([
    ['2,0', ['GPU-222', 'GPU-000']],
    ['GPU-111', ['GPU-111']],
    ['GPU-2,GPU-111', ['GPU-222', 'GPU-111']],
  ])('are those that CUDA_VISIBLE_DEVICES leaves: %s', (variable, expected) => {
    expect(devices(slotsOn(machineWith(4, 4, 4), variable).slots)).toEqual(expected);
  });

  it('must be visible to be named', () => {
    const naming = (): unknown => slotsOn(machineWith(4, 4), '1', [0]);
    expect(naming).toThrow(HpoError);
    expect(naming).toThrow('expected GPUs of this machine, which are GPU 1 (GPU-111), got 0');
  });

  it('are named as somebody counted them where nvidia-smi cannot be asked', () => {
    const { slots } = slotsOn(undefined, '1,0', 'auto', { env: { CUDA_DEVICE_ORDER: 'FASTEST_FIRST' } });
    expect(devices(slots)).toEqual(['1', '0']);
    expect(slots[0]?.env['CUDA_DEVICE_ORDER']).toBe('FASTEST_FIRST');
  });
});

describe('slots', () => {
  it('share GPUs evenly, with fewer of them as well', () => {
    const labels = (more: Partial<SlotDemand>): string[] =>
      slotsOn(machineWith(4, 4), undefined, 'auto', { trialsPerGpu: 2, ...more }).slots.map(({ device }) => device);
    expect(labels({})).toEqual(['GPU 0', 'GPU 1', 'GPU 0', 'GPU 1']);
    expect(labels({ workers: 3 })).toEqual(['GPU 0', 'GPU 1', 'GPU 0']);
    expect(labels({ workers: 9, trials: 2 })).toEqual(['GPU 0', 'GPU 1']);
    expect(labels({ workers: 9 })).toHaveLength(4);
  });

  it('without a GPU are one for each core, as many as are asked for, and never more than trials', () => {
    const count = (more: Partial<SlotDemand>): number => planSlots({ ...demand, cores: 8, ...more }).length;
    expect([count({}), count({ workers: 3 }), count({ workers: 16 }), count({ trials: 2 })]).toEqual([8, 3, 16, 2]);
  });

  it('have no more threads than cores in all, and fewer where the person set fewer', () => {
    const threads = (more: Partial<SlotDemand>): (string | undefined)[] =>
      planSlots({ ...demand, ...more }).map(({ env }) => env['OMP_NUM_THREADS']);
    expect(threads({ workers: 3 })).toEqual(['5', '5', '5']);
    expect(threads({ workers: 2, env: { OMP_NUM_THREADS: '4' } })).toEqual(['4', '4']);
    expect(threads({ workers: 2, env: { OMP_NUM_THREADS: '64' } })).toEqual(['8', '8']);
    expect(threads({ workers: 32 })[31]).toBe('1');
  });

  it('see no GPU on the processor, unless it is not for us to say', () => {
    expect(planSlots(demand)[0]?.env['CUDA_VISIBLE_DEVICES']).toBe('-1');
    expect(planSlots({ ...demand, gpus: 'untouched' })[0]?.env).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
  });
});

it('each child process sees one GPU and its share of the cores', async () => {
  const { slots } = slotsOn(machineWith(4, 40_000, 4), undefined, 'auto', { trialsPerGpu: 2 });
  const module = new URL('./trainers/environment.mjs', import.meta.url).href;
  const lines: string[] = [];
  const onLog = (slot: number, line: string): void => void (lines[slot] = line);
  const runner = await PiscinaRunner.open({ trainer: { module }, slots, onLog });
  try {
    await Promise.all(slots.map((_, slot) => train(runner, assignment('plain'), { slot })));
  } finally {
    await runner.close();
  }
  const seen = lines.map((line) => JSON.parse(line) as Record<string, string>);
  expect(seen.map(({ CUDA_VISIBLE_DEVICES }) => CUDA_VISIBLE_DEVICES)).toEqual([
    'GPU-000',
    'GPU-222',
    'GPU-000',
    'GPU-222',
  ]);
  expect(new Set(seen.map(({ pid }) => pid)).size).toBe(4);
  for (const environment of seen) {
    expect(environment).toMatchObject({
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      OMP_NUM_THREADS: '4',
      TF_NUM_INTRAOP_THREADS: '4',
      TF_NUM_INTEROP_THREADS: '1',
      UV_THREADPOOL_SIZE: '4',
    });
  }
});
