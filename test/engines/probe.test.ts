// What an engine is tried by before a study trusts it: the losses of a few steps, which are known.
import { expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { probeEngine } from '../../src/engines/probe/probe.js';
import { measureEngine } from '../../src/engines/probe/measure.js';
import { describeEngines, loadEngines } from './tested-engines.js';

describeEngines(await loadEngines(), (engine) => {
  it('computes the known losses, and is not timed where no time is given', async () => {
    expect(await measureEngine(engine, 0)).toEqual({ device: engine.device });
  });
});

it('takes no step on plain JavaScript, where one takes up to a minute', async () => {
  const engine = await openEngine('cpu');
  const compile: Engine['compile'] = () => Promise.reject(new Error('expected no step'));
  expect(await measureEngine({ ...engine, compile }, 60)).toEqual({ device: 'cpu' });
  await engine.dispose();
});

it('tells of an engine that computes wrongly', async () => {
  const engine = await openEngine('onnx');
  const wrong: Engine = {
    ...engine,
    async compile(graph) {
      const program = await engine.compile(graph);
      const run: typeof program.run = async (...given) => {
        const outputs = await program.run(...given);
        return { ...outputs, loss: new Float32Array([1.02 * (outputs['loss']?.[0] as number)]) };
      };
      return { ...program, run, dispose: () => program.dispose() };
    },
  };
  await expect(measureEngine(wrong, 0)).rejects.toThrow(
    'the onnx engine computes wrongly: expected losses 1.4584, 1.4171, 1.3961, got 1.4876, 1.4455, 1.4241',
  );
  await engine.dispose();
});

it('says that an engine does not answer', async () => {
  expect(await probeEngine({ engine: 'onnx', milliseconds: 60 }, undefined, 1)).toEqual({
    status: 'missing',
    reason: 'the onnx engine does not answer within 1ms',
    mayPass: true,
  });
});
