// The slots of a study: what its file asks for, the engine, and the machine.
import { describe, expect, it } from 'vitest';
import type { ChosenEngine } from '../../../src/app/setup/choose-engine.js';
import { type PlannedSlots, studySlots } from '../../../src/app/setup/study-slots.js';
import type { TogetherQuestion } from '../../../src/engines/probe/probe-together.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { type GpuSurvey, parseGpus } from '../../../src/system/nvidia-smi.js';
import { toyStudy } from '../../cli/support.js';

const machine = { cores: 8, memory: 16 * 2 ** 30 };
const two: GpuSurvey = {
  status: 'found',
  gpus: parseGpus('0, GPU-a, 8192, 0, 8192, 0, 550, T4\n1, GPU-b, 8192, 7000, 1192, 99, 550, T4'),
};
const cuda: ChosenEngine = { name: 'tensorflow', device: 'cuda', notes: [], warnings: [] };
const onnx: ChosenEngine = { name: 'onnx', device: 'cpu', notes: [], warnings: [] };

function slotsFor(
  changes: Readonly<Record<string, unknown>>,
  engine?: ChosenEngine,
  survey: GpuSurvey = two,
): Promise<PlannedSlots> {
  const { resources } = parseStudy(JSON.stringify(toyStudy({ resources: changes })), 'study.json', 'toy');
  const options = { resources, workers: resources.workers, trials: 100, machine, env: {} };
  return studySlots({ ...options, survey: () => Promise.resolve(survey) }, engine);
}

const kinds = ({ slots }: PlannedSlots): string[] => slots.map(({ kind, device }) => `${kind} on ${device}`);

describe('the slots of a study', () => {
  it('are threads for the built-in trainer, and processes for one of the user’s own', async () => {
    expect(kinds(await slotsFor({ workers: 2 }, onnx))).toEqual(['thread on cpu 1', 'thread on cpu 2']);
    expect(kinds(await slotsFor({ workers: 1 }))).toEqual(['process on cpu 1']);
    expect(kinds(await slotsFor({ workers: 1, isolation: 'thread' }))).toEqual(['thread on cpu 1']);
    expect(kinds(await slotsFor({ workers: 1, isolation: 'process' }, onnx))).toEqual(['process on cpu 1']);
  });

  it('are the free GPUs where the engine trains on CUDA, and say which is left out', async () => {
    const planned = await slotsFor({ workers: 2, trialsPerGpu: 2 }, cuda);
    expect(kinds(planned)).toEqual(['process on GPU 0', 'process on GPU 0']);
    expect(planned.notices).toEqual(['GPU 1 (T4) is busy with other work and is not used: 6.84 GiB of 8 GiB in use']);
  });

  it('are as many on each GPU as train more together, where that is to be found out', async () => {
    const { resources } = parseStudy(
      JSON.stringify(toyStudy({ resources: { trialsPerGpu: 'auto' } })),
      'study.json',
      'toy',
    );
    const asked: TogetherQuestion[] = [];
    const speeds: Readonly<Record<number, number>> = { 1: 100, 2: 190, 3: 195 };
    const options = {
      ...{ resources, workers: 'auto' as const, trials: 100, machine, env: { A: 'b' }, step: 3e8 },
      survey: () => Promise.resolve(two),
      together: async (question: TogetherQuestion) => {
        asked.push(question);
        return speeds[question.processes];
      },
    };
    const planned = await studySlots(options, cuda);
    expect(kinds(planned)).toEqual(['process on GPU 0', 'process on GPU 0']);
    expect(planned.notices.at(-1)).toBe('2 trials a GPU: 1 trains 100 images/s, 2 train 190, 3 train 195');
    expect(asked[0]).toMatchObject({ engine: 'tensorflow', env: { A: 'b', CUDA_VISIBLE_DEVICES: 'GPU-a' } });
    // Nothing is measured of a study that has nothing left to train.
    asked.length = 0;
    expect(kinds(await studySlots({ ...options, isIdle: true }, cuda))).toEqual(['process on GPU 0']);
    expect(asked).toEqual([]);
    // On processors there is nothing to find out, nor with a trainer of which nothing is known.
    asked.length = 0;
    expect((await studySlots({ ...options, workers: 2 }, onnx)).slots).toHaveLength(2);
    expect((await studySlots({ ...options, workers: 2 })).slots).toHaveLength(2);
    expect(asked).toEqual([]);
  });

  it('are fewer than were asked for where the GPUs have no room, and say so', async () => {
    expect((await slotsFor({ workers: 3 }, cuda)).notices.at(-1)).toBe('1 worker: the GPUs have no room for 3');
  });

  it('are processes that share the one GPU that WebGPU finds', async () => {
    const webgpu: ChosenEngine = { name: 'webgpu', device: 'webgpu', notes: [], warnings: [] };
    const planned = await slotsFor({ trialsPerGpu: 2 }, webgpu);
    expect(kinds(planned)).toEqual(['process on GPU', 'process on GPU']);
    expect(planned.slots[0]?.env).toMatchObject({ UV_THREADPOOL_SIZE: '4' });
    expect(planned.slots[0]?.env).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
    const more = await slotsFor({ workers: 3, isolation: 'thread' }, webgpu);
    expect(kinds(more)).toEqual(['process on GPU']);
    expect(more.notices).toEqual([
      'resources.isolation has no effect: trials train in processes, because a thread cannot have its own GPU or cores, two threads cannot use WebGPU, and a command is a process',
      '1 worker: the GPUs have no room for 3',
    ]);
  });

  it('are on the processor where no GPU is free or wanted, and hide them', async () => {
    const taken = await slotsFor({ workers: 1, gpus: 0 }, cuda);
    expect(taken.slots[0]).toMatchObject({
      kind: 'process',
      device: 'cpu 1',
      env: { CUDA_VISIBLE_DEVICES: '-1', HIP_VISIBLE_DEVICES: '-1' },
    });
    const failed = await slotsFor({ workers: 1 }, cuda, { status: 'failed', reason: 'no driver' });
    expect(failed.notices).toEqual(['nvidia-smi fails: no driver', 'no GPU is free: trials train on the processor']);
  });

  it('use the GPU that the engine has found where there is no nvidia-smi, unless they are to use none', async () => {
    const planned = await slotsFor({}, cuda, { status: 'absent' });
    expect(kinds(planned)).toEqual(['process on GPU']);
    expect(planned.slots[0]?.env).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
    expect(planned.notices).toEqual(['there is no nvidia-smi: trials use the one GPU that the engine finds first']);
    expect((await slotsFor({ gpus: 0, workers: 1 }, cuda, { status: 'absent' })).slots[0]?.device).toBe('cpu 1');
  });

  it('of a trainer of the user’s own have GPUs only where it asks for them', async () => {
    expect((await slotsFor({ workers: 1 })).slots[0]?.env).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
    expect((await slotsFor({ gpus: [1] })).slots[0]?.env['CUDA_VISIBLE_DEVICES']).toBe('GPU-b');
  });

  it('say where what the file asks for has no effect', async () => {
    expect((await slotsFor({ gpus: 1 }, onnx)).notices[0]).toMatch(/^resources\.gpus has no effect/);
    expect((await slotsFor({ isolation: 'thread' }, cuda)).notices.at(-1)).toMatch(
      /^resources\.isolation has no effect: /,
    );
  });
});
