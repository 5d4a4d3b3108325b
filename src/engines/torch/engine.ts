// The engine over the user's own PyTorch: a process of it runs what graphs are lowered to, on the GPU that it finds, or on the processor.
import { HpoError } from '../../study/errors.js';
import { debugOf } from '../../system/debug.js';
import type { Engine, EngineDevice } from '../engine.js';
import { findPython } from './find-python.js';
import { TorchProgram } from './program.js';
import { TorchRows } from './rows.js';
import { type TorchSession, TorchState } from './state.js';
import { type TorchOptions, TorchProcess } from './torch-process.js';

const debug = debugOf('engine');

/** As many as a chunk of cached features has. */
const FROZEN_BATCH = 16;

/** @throws HpoError ERR_ENGINE where there is no Python with PyTorch. */
export async function openTorchEngine(given: Partial<TorchOptions> = {}): Promise<Engine> {
  const options: TorchOptions = { threads: 1, device: 'auto', tf32: false, capture: true, room: 'auto', ...given };
  const python = findPython();
  const { process, hello } = await TorchProcess.start(python, options);
  debug(() => `torch ${hello.torch} of ${python} computes on ${hello.device} (${hello.name})`);
  let last: Promise<unknown> = Promise.resolve();
  let isDisposed = false;
  const session: TorchSession = {
    process,
    rows: new Set(),
    inTurn: <T>(task: () => Promise<T>): Promise<T> => {
      const result = last.then(() => {
        if (isDisposed) throw new HpoError('ERR_ENGINE', 'expected an engine, got a disposed one');
        return task();
      });
      last = result.catch(() => undefined);
      return result;
    },
  };
  let made = 0;
  const device: EngineDevice = hello.device;
  return {
    name: 'torch',
    device,
    library: `${hello.torch} on ${hello.device} (${hello.name})`,
    takesThreads: device === 'cpu',
    ...(device === 'cpu' ? {} : { frozenBatch: FROZEN_BATCH }),
    ...(device === 'cuda' || options.room !== 'auto'
      ? { keepRows: (count: number, shape: readonly number[]) => TorchRows.make(session, made++, count, shape) }
      : {}),
    createState(entries) {
      const state = new TorchState(session, made++, () => {});
      state.write(entries);
      return state;
    },
    compile: async (graph, threads = options.threads) => {
      const began = performance.now();
      const program = await TorchProgram.compile(session, graph, { id: made++, threads, onDispose: () => {} });
      debug(() => `torch compiled ${graph.nodes.length} nodes in ${Math.round(performance.now() - began)} ms`);
      return program;
    },
    async dispose() {
      if (isDisposed) return;
      await last;
      isDisposed = true;
      await process.stop();
    },
  };
}
