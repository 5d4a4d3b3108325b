// The engine of a study: the one asked for, the one it began on, or the one that measured best.
import { expect, it } from 'vitest';
import { type EngineSources, chooseEngine } from '../../../src/app/setup/choose-engine.js';
import type { EngineName } from '../../../src/engines/engine.js';
import type { ProbeAnswer } from '../../../src/engines/probe/probe.js';

const works = (training: number, device: 'cpu' | 'cuda' | 'webgpu' = 'cpu', forward = 1e9): ProbeAnswer => ({
  status: 'works',
  device,
  speed: { training, forward },
});

function sources(answers: Partial<Record<EngineName, ProbeAnswer>>, gpus = 0): EngineSources {
  const answerOf = (name: EngineName): ProbeAnswer =>
    answers[name] ?? { status: 'missing', reason: `${name} does not start` };
  return {
    check: (name) => Promise.resolve(answerOf(name)),
    measured: () =>
      Promise.resolve((Object.keys(answers) as EngineName[]).map((name) => ({ name, answer: answerOf(name) }))),
    cores: 4,
    gpus: () => Promise.resolve(gpus),
  };
}

it('takes the engine that measured best, and says so', async () => {
  const chosen = await chooseEngine('auto', {
    sources: sources({ onnx: works(100), tensorflow: works(300), wasm: works(20) }),
  });
  expect(chosen).toEqual({
    name: 'tensorflow',
    device: 'cpu',
    notes: [
      'engine tensorflow: 1200 images/s (4 cores) in a short measurement; onnx 400 images/s (4 cores), wasm 80 images/s (4 cores)',
    ],
    warnings: [],
  });
});

it('takes the only one that was worth a thought without a speed', async () => {
  const { name, notes } = await chooseEngine('auto', {
    sources: sources({ onnx: { status: 'works', device: 'cpu' } }),
  });
  expect(name).toBe('onnx');
  expect(notes).toEqual(['engine onnx, the fastest that starts here; `npx hpo doctor` shows what other engines need']);
});

it('weighs a GPU against all cores, and several GPUs against one', async () => {
  const answers = { onnx: works(100), tensorflow: works(350, 'cuda') };
  expect((await chooseEngine('auto', { sources: sources(answers) })).name).toBe('onnx');
  expect((await chooseEngine('auto', { sources: sources(answers, 2) })).name).toBe('tensorflow');
});

it('counts one GPU for WebGPU, which names none, and the frozen part at the speed of the engine that runs it', async () => {
  const answers = { onnx: works(100, 'cpu', 1000), webgpu: works(350, 'webgpu', 1) };
  expect((await chooseEngine('auto', { sources: sources(answers, 2) })).name).toBe('onnx');
  const faster = { ...answers, webgpu: works(450, 'webgpu', 1) };
  const { name, notes } = await chooseEngine('auto', { sources: sources(faster, 2) });
  expect(name).toBe('webgpu');
  // 450 and 400 images a second in steps, 4000 through the frozen part.
  expect(notes[0]).toBe('engine webgpu: 404 images/s (1 GPU) in a short measurement; onnx 364 images/s (4 cores)');
});

it('warns where the engine that comes with the package does not start', async () => {
  const missing = { status: 'missing', reason: 'onnx: no such library' } as const;
  const { name, warnings } = await chooseEngine('auto', { sources: sources({ onnx: missing, wasm: works(20) }) });
  expect([name, warnings]).toEqual(['wasm', ['onnx: no such library']]);
});

it('takes no other engine than the one that is asked for', async () => {
  await expect(chooseEngine('wasm', { sources: sources({ onnx: works(1) }) })).rejects.toThrow('wasm does not start');
  await expect(
    chooseEngine('auto', { sources: sources({ onnx: { status: 'missing', reason: 'no onnx' } }) }),
  ).rejects.toThrow('no engine starts on this machine:\n  no onnx');
});

it('stays with the engine that a study began on, also where another has become faster', async () => {
  const chosen = await chooseEngine('auto', {
    began: 'onnx',
    sources: sources({ onnx: works(100), tensorflow: works(300) }),
  });
  expect(chosen).toEqual({ name: 'onnx', device: 'cpu', notes: [], warnings: [] });
});

it('says where a study goes on with another engine', async () => {
  const gone = await chooseEngine('auto', { began: 'tensorflow', sources: sources({ onnx: works(100) }) });
  expect(gone.name).toBe('onnx');
  expect(gone.warnings[0]).toMatch(/began on tensorflow, which no longer starts .* and continues on onnx/);
  const asked = await chooseEngine('wasm', { began: 'onnx', sources: sources({ onnx: works(100), wasm: works(20) }) });
  expect(asked.warnings).toEqual([
    'the study began on onnx and continues on wasm: their numbers differ in the last bits',
  ]);
});

it('takes torch where trials have half precision, or says what that needs', async () => {
  const precisions = ['float32', 'bfloat16'] as const;
  const both = sources({ onnx: works(100), torch: works(50) });
  expect((await chooseEngine('auto', { sources: both, precisions })).name).toBe('torch');
  expect((await chooseEngine('auto', { sources: both, precisions: ['float32'] })).name).toBe('onnx');
  await expect(chooseEngine('onnx', { sources: both, precisions })).rejects.toMatchObject({
    code: 'ERR_STUDY_INVALID',
    message:
      'training.precision: expected float32 on the engine onnx, found bfloat16, which the engine torch has (resources.engine, --engine)',
  });
  await expect(chooseEngine('auto', { sources: sources({ onnx: works(100) }), precisions })).rejects.toMatchObject({
    code: 'ERR_ENGINE',
    message: 'training.precision bfloat16 needs the engine torch: torch does not start',
  });
});

it('measures its speed once all else that has to do is done', async () => {
  const order: string[] = [];
  const options = {
    measures: true,
    beforeMeasuring: async () => {
      await Promise.resolve();
      order.push('indexed');
    },
    sources: {
      ...sources({ onnx: works(100) }),
      check: async () => {
        await Promise.resolve();
        order.push('measured');
        return works(100);
      },
      measured: () => Promise.resolve([{ name: 'onnx' as const, answer: { status: 'works', device: 'cpu' } as const }]),
    },
  };
  await chooseEngine('onnx', options);
  await chooseEngine('auto', options);
  expect(order).toEqual(['indexed', 'measured', 'indexed', 'measured']);
  order.length = 0;
  await chooseEngine('onnx', { ...options, measures: false });
  expect(order).toEqual(['measured']);
});

it('has its speed where that is wanted, measured now where there was nothing to compare', async () => {
  const measures = true;
  const compared = await chooseEngine('auto', { measures, sources: sources({ onnx: works(100), wasm: works(20) }) });
  expect(compared.speed).toEqual({ training: 100, forward: 1e9 });
  const named = await chooseEngine('onnx', { measures, sources: sources({ onnx: works(100) }) });
  expect(named.speed).toEqual({ training: 100, forward: 1e9 });
  const alone = await chooseEngine('auto', {
    measures,
    sources: {
      ...sources({ onnx: works(100) }),
      measured: () => Promise.resolve([{ name: 'onnx', answer: { status: 'works', device: 'cpu' } }]),
    },
  });
  expect(alone.speed).toEqual({ training: 100, forward: 1e9 });
  expect((await chooseEngine('onnx', { sources: sources({ onnx: works(100) }) })).speed).toBeUndefined();
});
