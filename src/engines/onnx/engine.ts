// The engines over onnxruntime-node: a graph becomes one ONNX model; state stays in the layout and the buffers that it runs on.
import type { InferenceSession } from 'onnxruntime-node';
import type { Graph } from '../../graph/graph.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { lowerToOnnx } from '../../graph/onnx/lower.js';
import type { Provider } from '../../graph/onnx/provider.js';
import type { Engine, EngineName } from '../engine.js';
import { blockSizeOf } from './block-size.js';
import { checkPrecision } from '../precisions.js';
import { DeviceCopies } from './device-copies.js';
import { ForeignProgram } from './foreign-program.js';
import { KeptMemory, SwitchedSession } from './kept-memory.js';
import { OnnxProgram } from './program.js';
import { createSession, explainMissing, keepsOnDevice, quieten } from './session.js';
import { OnnxState } from './state.js';
import { debugOf } from '../../system/debug.js';

const debug = debugOf('engine');

const NAMES = { cpu: 'onnx', cuda: 'cuda', webgpu: 'webgpu' } as const satisfies Record<Provider, EngineName>;

export interface OnnxEngineOptions {
  readonly provider: Provider;
  /** Of one operator, default 1: several programs in several threads use cores better. */
  readonly threads?: number;
}

/** Bytes of all arrays of a step from which on keeping memory is worth it. */
const WORTH_KEEPING = 16e6;

/** Of programs that run again and again, so training steps. */
function isWorthMemory({ nodes, updates }: Graph): boolean {
  const numbers = nodes.reduce((sum, { output }) => sum + sizeOf(output.shape), 0);
  return updates.length > 0 && numbers * Float32Array.BYTES_PER_ELEMENT >= WORTH_KEEPING;
}

/** @throws HpoError ERR_ENGINE where the provider does not start. */
export async function openOnnxEngine({ provider, threads = 1 }: OnnxEngineOptions): Promise<Engine> {
  const settings = { provider, threads };
  quieten(provider);
  // Opening them is also how a missing device is found.
  const copies =
    provider === 'cpu'
      ? undefined
      : await DeviceCopies.open(settings).catch((error: unknown) => {
          throw explainMissing(provider, error);
        });
  const onDevice = keepsOnDevice(settings);
  const memory = new KeptMemory();
  const resources = new Set<{ dispose(): unknown }>();
  const opened = <T extends { dispose(): unknown }>(resource: T): T => {
    resources.add(resource);
    return resource;
  };
  return {
    name: NAMES[provider],
    device: provider,
    takesThreads: provider === 'cpu',
    createState: (entries) => {
      const state = opened(new OnnxState(() => resources.delete(state), onDevice ? copies : undefined));
      state.write(entries);
      return state;
    },
    async compile(graph, wanted = threads) {
      checkPrecision(NAMES[provider], graph.precision);
      const own = provider === 'cpu' ? wanted : threads;
      const { model, ports } = lowerToOnnx(graph, provider, await blockSizeOf(provider));
      const began = performance.now();
      const open = (keepsMemory: boolean): Promise<InferenceSession> =>
        createSession(model, { provider, threads: own, keepsMemory }, ports);
      const session =
        provider === 'cpu' && isWorthMemory(graph) ? await SwitchedSession.open(memory, open) : await open(false);
      debug(() => {
        const took = Math.round(performance.now() - began);
        const { nodes, updates } = graph;
        return `${NAMES[provider]} compiled ${nodes.length} nodes, ${updates.length} updates for ${own} threads in ${took} ms`;
      });
      const compiled = { engine: NAMES[provider], graph, ports, session, onDevice };
      const program = opened(new OnnxProgram(compiled, () => resources.delete(program)));
      return program;
    },
    async compileModel(model) {
      const ports = { outputs: [{ name: model.output.name, type: 'float32' } as const], updates: [] };
      const session = await createSession(model.bytes, { provider, threads }, ports);
      const program = opened(new ForeignProgram(NAMES[provider], model, session, () => resources.delete(program)));
      return program;
    },
    async dispose() {
      await Promise.all([...resources].map((resource) => resource.dispose()));
      await copies?.close();
    },
  };
}
