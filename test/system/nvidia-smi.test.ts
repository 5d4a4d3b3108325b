// What nvidia-smi prints, in its odder forms as well.
import { expect, it } from 'vitest';
import { parseGpus, surveyGpus } from '../../src/system/nvidia-smi.js';

const GIB = 2 ** 30;
const GPUS = `0, GPU-aaaa1111-0000, 81920, 4096, 77824, 35, 550.54.15, NVIDIA H100 80GB HBM3
1, GPU-bbbb2222-0000, 24576, 0, 24576, 0, 550.54.15, NVIDIA A10G, odd
`;

it('gives bytes, shares and whole names', () => {
  const [first, second] = parseGpus(GPUS);
  expect(first).toEqual({
    index: 0,
    uuid: 'GPU-aaaa1111-0000',
    name: 'NVIDIA H100 80GB HBM3',
    driver: '550.54.15',
    memory: { total: 80 * GIB, used: 4 * GIB, free: 76 * GIB },
    load: 0.35,
    processes: [],
  });
  expect(second?.name).toBe('NVIDIA A10G, odd');
});

it('puts each process with its GPU, whatever its name holds', () => {
  const processes = `GPU-bbbb2222-0000, 812, 2048, /usr/bin/python, x
GPU-aaaa1111-0000, 99, [N/A], [Not Found]
No running processes found
`;
  const [first, second] = parseGpus(GPUS, processes);
  expect(first?.processes).toEqual([{ pid: 99, name: '[Not Found]' }]);
  expect(second?.processes).toEqual([{ pid: 812, name: '/usr/bin/python, x', memory: 2 * GIB }]);
});

it('leaves out what the system does not tell', () => {
  const [gpu] = parseGpus('0, GPU-c, [N/A], [N/A], [N/A], [Not Supported], 580.1, NVIDIA GB10\n');
  expect(gpu).toEqual({ index: 0, uuid: 'GPU-c', name: 'NVIDIA GB10', driver: '580.1', processes: [] });
});

it('tells no GPUs from no nvidia-smi and from a driver that fails', async () => {
  expect(await surveyGpus(() => Promise.resolve(''))).toEqual({ status: 'found', gpus: [] });
  const missing = Object.assign(new Error('spawn nvidia-smi ENOENT'), { code: 'ENOENT' });
  expect(await surveyGpus(() => Promise.reject(missing))).toEqual({ status: 'absent' });
  const stdout = 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.90\n';
  expect(await surveyGpus(() => Promise.reject(Object.assign(new Error('Command failed'), { stdout })))).toEqual({
    status: 'failed',
    reason: 'Failed to initialize NVML: Driver/library version mismatch',
  });
  const none = Object.assign(new Error('Command failed'), { stdout: 'No devices were found\n' });
  expect(await surveyGpus(() => Promise.reject(none))).toEqual({ status: 'found', gpus: [] });
  const odd = await surveyGpus(() => Promise.resolve('Segmentation fault'));
  expect(odd).toEqual({ status: 'failed', reason: "expected a GPU from nvidia-smi, got 'Segmentation fault'" });
});

it('goes on where only the processes cannot be asked for', async () => {
  const run = (_: string, [what]: readonly string[]): Promise<string> =>
    what?.includes('compute-apps') === true ? Promise.reject(new Error('no permission')) : Promise.resolve(GPUS);
  expect(await surveyGpus(run)).toMatchObject({ status: 'found', gpus: [{ index: 0 }, { index: 1 }] });
});
