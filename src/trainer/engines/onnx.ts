// The engine over onnxruntime-node: a graph becomes one ONNX model; state stays in the layout and the buffers that it runs on.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { HpoError, messageOf } from '../../study/errors.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf, type HostTensor, type Role } from '../graph/host-tensor.js';
import { inverseOf, laidOutShape, layoutOf, transposed } from '../graph/onnx/layout.js';
import { lowerToOnnx, portName, type Ports } from '../graph/onnx/lower.js';
import type { DeviceState, Engine, Program } from './engine.js';
import { checkEntry, checkFeeds, checkWrite, type Feeds } from './feeds.js';

/** `threads`: of one operator, default 1; several programs in several threads use cores better. */
export function openOnnxEngine({ threads = 1 }: { readonly threads?: number } = {}): Engine {
  const open = new Set<{ dispose(): unknown }>();
  const opened = <T extends { dispose(): unknown }>(resource: T): T => {
    open.add(resource);
    return resource;
  };
  return {
    name: 'onnx',
    createState: (entries) => {
      const state = opened(new OnnxState(() => open.delete(state)));
      state.write(entries);
      return state;
    },
    async compile(graph) {
      const { model, ports } = lowerToOnnx(graph);
      const session = await createSession(model, threads);
      const program = opened(new OnnxProgram(graph, ports, session, () => open.delete(program)));
      return program;
    },
    async dispose() {
      await Promise.all([...open].map((resource) => resource.dispose()));
    },
  };
}

interface Entry {
  readonly shape: readonly number[];
  readonly role: Role;
  current: Tensor;
  /** Where the next update goes; then both change places, so nothing is copied or allocated from run to run. */
  spare: Tensor | undefined;
}

class OnnxState implements DeviceState {
  readonly entries = new Map<string, Entry>();

  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly onDispose: () => void) {}

  /** Runs on one state follow each other, also where their caller does not wait: each needs what the last one wrote. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.last.then(run);
    this.last = result.catch(() => undefined);
    return result;
  }

  write(entries: ReadonlyMap<string, HostTensor>): void {
    for (const [name, tensor] of entries) checkWrite(name, tensor, this.entries.get(name));
    for (const [name, { shape, role, data }] of entries) {
      const laidOut = transposed(data, shape, layoutOf({ shape, role }));
      const current = new Tensor('float32', laidOut, laidOutShape({ shape, role }));
      this.entries.set(name, { shape: [...shape], role, current, spare: this.entries.get(name)?.spare });
    }
  }

  async read(names: Iterable<string> = this.entries.keys()): Promise<Map<string, HostTensor>> {
    const result = new Map<string, HostTensor>();
    for (const name of names) {
      const entry = this.entries.get(name);
      if (entry === undefined) throw new HpoError('ERR_GRAPH', `expected an entry of the state, got "${name}" at read`);
      const { shape, role, current } = entry;
      const back = inverseOf(layoutOf({ shape, role }));
      result.set(name, { shape, role, data: transposed(current.data as Float32Array, current.dims, back) });
    }
    return result;
  }

  dispose(): void {
    this.entries.clear();
    this.onDispose();
  }
}

class OnnxProgram implements Program {
  private session: InferenceSession | undefined;

  constructor(
    readonly graph: Graph,
    private readonly ports: Ports,
    session: InferenceSession,
    private readonly onDispose: () => void,
  ) {
    this.session = session;
  }

  async run(state: DeviceState, feeds: Feeds): Promise<Record<string, Float32Array>> {
    if (!(state instanceof OnnxState)) throw new HpoError('ERR_ENGINE', 'expected a state of this engine at run');
    return state.inTurn(() => this.runNow(state, feeds));
  }

  private async runNow(state: OnnxState, feeds: Feeds): Promise<Record<string, Float32Array>> {
    if (this.session === undefined) throw new HpoError('ERR_ENGINE', 'expected a program, got a disposed one at run');
    checkFeeds(this.graph, feeds);
    const { inputs, outputs } = this.ports;
    const given: Record<string, Tensor> = {};
    const wanted: Record<string, Tensor> = {};
    this.graph.inputs.forEach(({ name, type }, i) => {
      given[portName.input(name)] = new Tensor(
        type,
        acceptable(feeds[name] as Float32Array) as Float32Array,
        inputs[i]?.shape,
      );
    });
    for (const { name, value } of this.graph.parameters) {
      const entry = state.entries.get(name);
      checkEntry(name, value, entry);
      given[portName.parameter(name)] = (entry as Entry).current;
    }
    for (const { name, shape } of outputs) wanted[name] = empty(shape);
    const updated = this.graph.updates.map(({ parameter }) => state.entries.get(parameter) as Entry);
    this.graph.updates.forEach(({ parameter }, i) => {
      const entry = updated[i] as Entry;
      wanted[portName.update(parameter)] = entry.spare ??= empty(entry.current.dims);
    });
    try {
      await this.session.run(given, wanted);
    } catch (cause) {
      throw new HpoError('ERR_ENGINE', `the onnx engine failed: ${messageOf(cause)}`, { cause });
    }
    for (const entry of updated) [entry.current, entry.spare] = [entry.spare as Tensor, entry.current];
    return Object.fromEntries(
      this.graph.outputs.map(({ name }) => [name, wanted[portName.output(name)]?.data as Float32Array]),
    );
  }

  async dispose(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    this.onDispose();
    await session?.release();
  }
}

/**
 * Sums come out in another order, and so with other last bits, where an array does not begin at a multiple of 16 bytes;
 * memory that threads share is not taken at all. Both are copied.
 */
function acceptable(data: Float32Array | Uint8Array): Float32Array | Uint8Array {
  if (data.byteOffset % 16 === 0 && data.buffer instanceof ArrayBuffer) return data;
  return data instanceof Float32Array ? new Float32Array(data) : new Uint8Array(data);
}

function empty(shape: readonly number[]): Tensor {
  return new Tensor('float32', new Float32Array(sizeOf(shape)), shape);
}

async function createSession(model: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new HpoError('ERR_ENGINE', `onnxruntime refused the graph: ${messageOf(cause)}`, { cause });
  }
}
