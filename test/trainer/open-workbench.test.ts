// The engines of a trainer.
import { expect, it } from 'vitest';
import { openEngines } from '../../src/trainer/open-workbench.js';

it('refuses an engine that computes elsewhere than it is to: a lost GPU is no reason to train on the processor', async () => {
  await expect(openEngines('cpu', 'cuda')).rejects.toMatchObject({
    code: 'ERR_ENGINE',
    message: 'expected the engine cpu on cuda, as it was tried before, got it on cpu: is the GPU still there?',
  });
  const engines = await openEngines('cpu', 'cpu');
  expect(engines.engine.device).toBe('cpu');
  await engines.dispose();
});
