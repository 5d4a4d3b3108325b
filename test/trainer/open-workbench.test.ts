// The engines of a trainer, and what its trials share.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import { indexImages } from '../../src/images/indexing/index-images.js';
import { openEngines, openWorkbench } from '../../src/trainer/open-workbench.js';
import { cnnSettings } from './support/cnn-study.js';

it('refuses an engine that computes elsewhere than it is to: a lost GPU is no reason to train on the processor', async () => {
  await expect(openEngines('cpu', 'cuda')).rejects.toMatchObject({
    code: 'ERR_ENGINE',
    message: 'expected the engine cpu on cuda, as it was tried before, got it on cpu: is the GPU still there?',
  });
  const engines = await openEngines('cpu', 'cpu');
  expect(engines.engine.device).toBe('cpu');
  await engines.dispose();
});

it('statistics of another domain that could not be computed are computed for the next trial', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hpo-workbench-'));
  const engines = await openEngines('onnx');
  try {
    const drawn = { family: 'traffic-signs', perClass: { train: 3, validation: 2 }, difficulty: 0 } as const;
    const target = { weather: ['night'], perClass: { unlabelled: 4, validation: 0, test: 0 } };
    const index = await indexImages({ drawn, target } as never, { directory: '.', seed: 1 });
    const backbone = { name: 'mobilenetv3small', weights: 'random', inputSize: 32 } as const;
    let isFull = false;
    const engine: Engine = {
      ...engines.engine,
      createState(entries) {
        if (isFull) throw new Error('no memory left');
        return engines.engine.createState(entries);
      },
    };
    const settings = { ...(await cnnSettings(folder, { index })), backbone };
    const { adapt } = await openWorkbench(settings, { engine, prefixEngine: engines.prefixEngine });
    isFull = true;
    await expect(adapt()).rejects.toThrow('no memory left');
    isFull = false;
    const adapted = await adapt();
    expect(adapted.target.statistics.size).toBeGreaterThan(0);
    expect(await adapt()).toBe(adapted);
  } finally {
    await engines.dispose();
    await rm(folder, { recursive: true });
  }
});
