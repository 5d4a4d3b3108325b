// The engine of a study: the one asked for, the one it began on, or the one that measured best.
import { expect, it } from 'vitest';
import { type EngineSources, chooseEngine } from '../../../src/cli/setup/choose-engine.js';
import type { EngineName } from '../../../src/trainer/engines/engine.js';
import type { ProbeAnswer } from '../../../src/trainer/engines/probe/probe.js';

const works = (training: number, device: 'cpu' | 'cuda' | 'webgpu' = 'cpu'): ProbeAnswer => ({
  status: 'works',
  device,
  speed: { training, forward: 1e9 },
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
  const chosen = await chooseEngine('auto', sources({ onnx: works(100), tensorflow: works(300), wasm: works(20) }));
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
  const { name, notes } = await chooseEngine('auto', sources({ onnx: { status: 'works', device: 'cpu' } }));
  expect(name).toBe('onnx');
  expect(notes).toEqual(['engine onnx, the fastest that starts here; `hpo doctor` says what others need']);
});

it('weighs a GPU against all cores, and several GPUs against one', async () => {
  const answers = { onnx: works(100), webgpu: works(350, 'webgpu') };
  expect((await chooseEngine('auto', sources(answers))).name).toBe('onnx');
  expect((await chooseEngine('auto', sources(answers, 2))).name).toBe('webgpu');
});

it('warns where the engine that comes with the package does not start', async () => {
  const missing = { status: 'missing', reason: 'onnx: no such library' } as const;
  const { name, warnings } = await chooseEngine('auto', sources({ onnx: missing, wasm: works(20) }));
  expect([name, warnings]).toEqual(['wasm', ['onnx: no such library']]);
});

it('takes no other engine than the one that is asked for', async () => {
  await expect(chooseEngine('wasm', sources({ onnx: works(1) }))).rejects.toThrow('wasm does not start');
  await expect(chooseEngine('auto', sources({ onnx: { status: 'missing', reason: 'no onnx' } }))).rejects.toThrow(
    'no engine starts on this machine:\n  no onnx',
  );
});

it('stays with the engine that a study began on, also where another has become faster', async () => {
  const chosen = await chooseEngine('auto', sources({ onnx: works(100), tensorflow: works(300) }), 'onnx');
  expect(chosen).toEqual({ name: 'onnx', device: 'cpu', notes: [], warnings: [] });
});

it('says where a study goes on with another engine', async () => {
  const gone = await chooseEngine('auto', sources({ onnx: works(100) }), 'tensorflow');
  expect(gone.name).toBe('onnx');
  expect(gone.warnings[0]).toMatch(/began on tensorflow, which does not start now .* and goes on with onnx/);
  const asked = await chooseEngine('wasm', sources({ onnx: works(100), wasm: works(20) }), 'onnx');
  expect(asked.warnings).toEqual([
    'the study began on onnx and goes on with wasm: their numbers differ in the last bits',
  ]);
});
