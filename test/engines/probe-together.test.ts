// Several processes of one engine that train at once.
import { expect, it } from 'vitest';
import { probeTogether } from '../../src/engines/probe/probe-together.js';

it('trains in several processes at once, and adds up what they do', { timeout: 180_000 }, async () => {
  expect(await probeTogether({ engine: 'onnx', processes: 2, milliseconds: 20 })).toBeGreaterThan(0);
});

it('tells nothing where one of them fails', { timeout: 180_000 }, async () => {
  const env = { ...process.env, HPO_PYTHON: '/no/such/python' };
  expect(await probeTogether({ engine: 'torch', processes: 2, milliseconds: 20, env })).toBeUndefined();
});

it('ends them where it is aborted', { timeout: 180_000 }, async () => {
  const abort = new AbortController();
  const probing = probeTogether({ engine: 'onnx', processes: 1, milliseconds: 20 }, abort.signal);
  abort.abort(new Error('enough'));
  await expect(probing).rejects.toThrow('enough');
});
