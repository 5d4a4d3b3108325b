// Measured once for a machine; measured again when it changes, or when what is remembered cannot be read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { engineLines } from '../../../src/cli/engine/engine-lines.js';
import { engineSpeeds } from '../../../src/app/setup/engine-speeds.js';
import type { Gpu } from '../../../src/system/nvidia-smi.js';
import type { EngineName } from '../../../src/engines/engine.js';
import type { ProbeAnswer, ProbeQuestion } from '../../../src/engines/probe/probe.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hpo-speeds-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const gpu: Gpu = { index: 0, uuid: 'GPU-1', name: 'a GPU', driver: '550', processes: [] };
const works: ProbeAnswer = { status: 'works', device: 'cpu', speed: { training: 2, forward: 3 } };
const missing: ProbeAnswer = { status: 'missing', reason: 'no' };

function measuring(
  answer: (name: EngineName) => ProbeAnswer,
  gpus: Gpu[] = [],
  fresh = false,
  forChoice = false,
  mayStart = (_: EngineName): boolean => true,
) {
  const [measured, checked]: EngineName[][] = [[], []];
  const probe = ({ engine, milliseconds }: ProbeQuestion): Promise<ProbeAnswer> => {
    (milliseconds === 0 ? checked : measured)?.push(engine);
    return Promise.resolve(answer(engine));
  };
  const path = join(folder, 'deep', 'speeds.json');
  const reports = engineSpeeds({ gpus, probe, fresh, forChoice, mayStart, path });
  return reports.then((found) => ({ measured, checked, found }));
}

it('remembers, until a GPU or its driver changes or it is asked to measure anew', async () => {
  const answer = (name: EngineName): ProbeAnswer => (name === 'onnx' ? works : missing);
  const first = await measuring(answer);
  expect(first.measured).toEqual(['onnx', 'cuda', 'torch', 'tensorflow', 'webgpu', 'wasm']);
  const second = await measuring(answer);
  expect(second.measured).toEqual([]);
  expect(second.found).toEqual(first.found);
  expect((await measuring(answer, [gpu])).measured).toHaveLength(6);
  expect((await measuring(answer, [{ ...gpu, driver: '560' }])).measured).toHaveLength(6);
  expect((await measuring(answer, [{ ...gpu, driver: '560' }], true)).measured).toHaveLength(6);
});

it('does not remember what failed for want of memory or time', async () => {
  const answer = (name: EngineName): ProbeAnswer =>
    name === 'onnx' ? works : { ...missing, ...(name === 'torch' ? { mayPass: true } : {}) };
  expect((await measuring(answer)).measured).toHaveLength(6);
  expect((await measuring(answer)).measured).toHaveLength(6);
});

it('tries plain JavaScript where nothing else works', async () => {
  const untimed: ProbeAnswer = { status: 'works', device: 'cpu' };
  const { found, measured } = await measuring((name) => (name === 'cpu' ? untimed : missing));
  expect(found.at(-1)).toEqual({ name: 'cpu', answer: untimed });
  expect(measured).not.toContain('cpu');
  expect(engineLines(found)[1]).toMatch(/cpu +cpu +not measured +not measured/);
});

it('measures again where the file is damaged', async () => {
  await measuring(() => works);
  writeFileSync(join(folder, 'deep', 'speeds.json'), '{"key":');
  expect((await measuring(() => works)).measured).toHaveLength(6);
});

it('measures nothing for a choice where nothing else than onnx may be chosen, and remembers that', async () => {
  const onlyOnnx = (name: EngineName): ProbeAnswer =>
    name === 'onnx' || name === 'wasm' ? { status: 'works', device: 'cpu' } : missing;
  const first = await measuring(onlyOnnx, [], false, true);
  expect([first.measured, first.checked]).toEqual([[], ['onnx', 'cuda', 'torch', 'tensorflow', 'webgpu']]);
  expect(first.found.filter(({ answer }) => answer.status === 'works').map(({ name }) => name)).toEqual(['onnx']);
  const second = await measuring(onlyOnnx, [], false, true);
  expect([second.measured, second.checked, second.found]).toEqual([[], [], first.found]);
  // Whoever wants all speeds gets them, and then a choice knows them too.
  const all = await measuring(() => works);
  expect(all.measured).toHaveLength(6);
  expect((await measuring(() => works, [], false, true)).found).toEqual(all.found);
});

it('measures all for a choice where a rival starts, or onnx does not', async () => {
  const withGpu = await measuring((name) => (name === 'cuda' ? works : missing), [], false, true);
  expect(withGpu.measured).toEqual(['onnx', 'cuda', 'torch', 'tensorflow', 'webgpu', 'wasm']);
  const bare = await measuring((name) => (name === 'wasm' ? works : missing), [gpu], false, true);
  expect(bare.measured).toEqual(['onnx', 'cuda', 'torch', 'tensorflow', 'webgpu', 'wasm']);
});

it('tries nothing for a choice that cannot start here, until it can', async () => {
  const onlyOnnx = (name: EngineName): ProbeAnswer => (name === 'onnx' ? { status: 'works', device: 'cpu' } : missing);
  const alone = (name: EngineName): boolean => name === 'onnx';
  const first = await measuring(onlyOnnx, [], false, true, alone);
  expect([first.measured, first.checked]).toEqual([[], ['onnx']]);
  expect((await measuring(onlyOnnx, [], false, true, alone)).checked).toEqual([]);
  const later = await measuring(onlyOnnx, [], false, true, (name) => name !== 'cuda');
  expect(later.checked).toEqual(['onnx', 'torch', 'tensorflow', 'webgpu']);
});
