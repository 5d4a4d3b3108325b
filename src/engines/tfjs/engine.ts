// The engines over tfjs backends.
import type { Tfjs } from '../../graph/tfjs/lowering.js';
import type { Engine, EngineDevice, EngineName } from '../engine.js';
import { checkPrecision } from '../precisions.js';
import type { Device } from './device.js';
import { TfjsProgram } from './program.js';
import { TfjsState } from './state.js';

/** `tf` with the backend of that name registered and initialised in this thread. */
export function openTfjsEngine(name: EngineName, tf: Tfjs, computes: EngineDevice = 'cpu'): Engine {
  const device: Device = { tf, name, composeGradients: name === 'wasm', namedPaddingOnly: name === 'tensorflow' };
  const open = new Set<{ dispose(): unknown }>();
  const opened = <T extends { dispose(): unknown }>(resource: T): T => {
    open.add(resource);
    return resource;
  };
  return {
    name,
    device: computes,
    takesThreads: false,
    createState: (entries) => {
      const state = opened(new TfjsState(device, () => open.delete(state)));
      state.write(entries);
      return state;
    },
    compile: async (graph) => {
      checkPrecision(name, graph.precision);
      const program = opened(new TfjsProgram(device, graph, () => open.delete(program)));
      return program;
    },
    async dispose() {
      await Promise.all([...open].map((resource) => resource.dispose()));
    },
  };
}
