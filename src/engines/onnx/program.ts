// A compiled graph of the onnxruntime engines.
import { must } from '../../system/must.js';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { HpoError, messageOf } from '../../study/errors.js';
import type { Graph } from '../../graph/graph.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { portName, type Ports } from '../../graph/onnx/lower.js';
import type { EngineName, Program } from '../engine.js';
import { checkEntry, checkFeeds, checkInto, delivered, type Feeds, type Into } from '../feeds.js';
import { KeptSession } from './kept-session.js';
import { free, OnnxState, type Entry } from './state.js';

/** Of onnxruntime, or what stands for one. */
export interface Session {
  run(
    feeds: InferenceSession.FeedsType,
    fetches?: InferenceSession.FetchesType,
  ): Promise<InferenceSession.OnnxValueMapType>;
  release(): Promise<void>;
}

export interface Compiled {
  readonly engine: EngineName;
  readonly graph: Graph;
  readonly ports: Ports;
  readonly session: Session;
  /** Whether updates come back as arrays on the device. */
  readonly onDevice: boolean;
}

export class OnnxProgram implements Program {
  readonly graph: Graph;
  private session: Session | undefined;
  private readonly kept: KeptSession;

  constructor(
    private readonly compiled: Compiled,
    private readonly onDispose: () => void,
  ) {
    this.graph = compiled.graph;
    this.session = compiled.session;
    this.kept = new KeptSession(compiled.session);
  }

  async run(state: OnnxState, feeds: Feeds, into: Into = {}): Promise<Record<string, Float32Array>> {
    if (!(state instanceof OnnxState)) throw new HpoError('ERR_ENGINE', 'expected a state of this engine at run');
    return state.inTurn(() => this.runNow(state, feeds, into));
  }

  private async runNow(state: OnnxState, feeds: Feeds, into: Into): Promise<Record<string, Float32Array>> {
    if (this.session === undefined) throw new HpoError('ERR_ENGINE', 'expected a program, got a disposed one at run');
    checkFeeds(this.graph, feeds);
    checkInto(this.graph, into);
    const { graph } = this;
    const given = await this.given(state, feeds);
    const updated = graph.updates.map(({ parameter }) => must(state.entries.get(parameter), 'an entry of the state'));
    const wanted = this.compiled.onDevice ? undefined : this.wanted(updated, into);
    let results: Readonly<Record<string, Tensor>>;
    try {
      const run = await (wanted === undefined ? this.session.run(given) : this.session.run(given, wanted));
      results = wanted ?? run;
    } catch (cause) {
      throw new HpoError('ERR_ENGINE_FAILED', `the ${this.compiled.engine} engine failed: ${messageOf(cause)}`, {
        cause,
      });
    }
    if (wanted === undefined && updated.length > 0) state.holdFrom(this.kept);
    updated.forEach((entry, i) => {
      const next = must(
        results[portName.update(must(graph.updates[i], 'an update of the graph').parameter)],
        'a result',
      );
      if (wanted === undefined) free(entry.current);
      else entry.spare = entry.current;
      entry.current = next;
    });
    const made = (name: string): Float32Array => results[portName.output(name)]?.data as Float32Array;
    return Object.fromEntries(graph.outputs.map(({ name }) => [name, delivered(made(name), into[name])]));
  }

  private async given(state: OnnxState, feeds: Feeds): Promise<Record<string, Tensor>> {
    const given: Record<string, Tensor> = {};
    this.graph.inputs.forEach(({ name, type }, i) => {
      const data = acceptable(feeds[name] as Float32Array) as Float32Array;
      given[portName.input(name)] = new Tensor(type, data, this.compiled.ports.inputs[i]?.shape);
    });
    for (const { name, value } of this.graph.parameters) {
      const entry = state.entries.get(name);
      checkEntry(name, value, entry);
      given[portName.parameter(name)] = await state.operand(must(entry, 'an entry of the state'));
    }
    return given;
  }

  /** The arrays that results are written to. */
  private wanted(updated: readonly Entry[], into: Into): Record<string, Tensor> {
    const wanted: Record<string, Tensor> = {};
    this.graph.outputs.forEach(({ name }, i) => {
      const { shape } = must(this.compiled.ports.outputs[i], 'an output of the model');
      const array = into[name];
      wanted[portName.output(name)] = array === undefined ? empty(shape) : new Tensor('float32', array, shape);
    });
    this.graph.updates.forEach(({ parameter }, i) => {
      const entry = must(updated[i], 'an entry of the state');
      wanted[portName.update(parameter)] = entry.spare ?? empty(entry.current.dims);
    });
    return wanted;
  }

  async dispose(): Promise<void> {
    if (this.session === undefined) return;
    this.session = undefined;
    this.onDispose();
    await this.kept.end();
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
