// A graph on a tfjs backend: interpreted operation by operation, each array freed when its last reader ran.
import { must } from '../../system/must.js';
import { HpoError, messageOf } from '../../study/errors.js';
import type { Graph, GraphInput, Value } from '../../graph/graph.js';
import type { TypedNode } from '../../graph/operation.js';
import { operationOf } from '../../graph/operations/registry.js';
import type { TfjsTensor } from '../../graph/tfjs/lowering.js';
import type { Program } from '../engine.js';
import { checkEntry, checkFeeds, checkInto, delivered, type Feeds, type Into } from '../feeds.js';
import { type Device, enter } from './device.js';
import { copyOf, TfjsState } from './state.js';

const TO_NHWC = [0, 2, 3, 1];
const TO_NCHW = [0, 3, 1, 2];

export class TfjsProgram implements Program {
  private readonly constants: ReadonlyMap<number, TfjsTensor>;
  /** For each node the values that nothing reads after it. */
  private readonly lastReads: readonly (readonly number[])[];
  private disposed = false;

  constructor(
    private readonly device: Device,
    readonly graph: Graph,
    private readonly onDispose: () => void,
  ) {
    enter(device);
    this.constants = new Map(
      graph.constants.map(({ value, tensor }) => [
        value.id,
        device.tf.tensor(tensor.data.slice(), [...value.shape], 'float32'),
      ]),
    );
    this.lastReads = lastReads(graph);
  }

  async run(state: TfjsState, feeds: Feeds, into: Into = {}): Promise<Record<string, Float32Array>> {
    if (this.disposed) throw new HpoError('ERR_ENGINE', 'expected a program, got a disposed one at run');
    if (!(state instanceof TfjsState)) throw new HpoError('ERR_ENGINE', 'expected a state of this engine at run');
    checkFeeds(this.graph, feeds);
    checkInto(this.graph, into);
    enter(this.device);
    const outputs = this.execute(state, feeds);
    try {
      const data = await Promise.all(outputs.map(copyOf));
      const made = (i: number, name: string): Float32Array => delivered(must(data[i], 'an output'), into[name]);
      return Object.fromEntries(this.graph.outputs.map(({ name }, i) => [name, made(i, name)]));
    } finally {
      for (const tensor of outputs) tensor.dispose();
    }
  }

  /** Runs all nodes and writes the updates to the state; the outputs are the caller's to dispose. */
  private execute(state: TfjsState, feeds: Feeds): TfjsTensor[] {
    const { tf } = this.device;
    const { graph } = this;
    const live = new Map<number, TfjsTensor>();
    const borrowed = new Map(this.constants);
    for (const { name, value } of graph.parameters) {
      const entry = state.entries.get(name);
      checkEntry(name, value, entry);
      borrowed.set(value.id, must(entry, 'an entry of the state').tensor);
    }
    const tensorOf = ({ id }: Value): TfjsTensor => must(live.get(id) ?? borrowed.get(id), 'a tensor of the graph');
    try {
      for (const input of graph.inputs) live.set(input.value.id, this.upload(input, feeds[input.name] as Float32Array));
      graph.nodes.forEach((node, i) => {
        const operands = node.inputs.map(tensorOf);
        const result = tf.tidy(() => operationOf(node.op).tfjs(this.device, operands, node as TypedNode<object>));
        live.set(node.output.id, operands.includes(result) ? tf.clone(result) : result);
        for (const id of must(this.lastReads[i], 'a node of the graph')) {
          live.get(id)?.dispose();
          live.delete(id);
        }
      });
      const outputs = graph.outputs.map(({ value, layout }) => {
        const tensor = tensorOf(value);
        return value.role === 'image' && layout === 'NCHW' ? tf.transpose(tensor, TO_NCHW) : tf.clone(tensor);
      });
      const updates = graph.updates.map(({ parameter, value }) => [parameter, tf.clone(tensorOf(value))] as const);
      for (const [parameter, tensor] of updates) {
        const entry = must(state.entries.get(parameter), 'an entry of the state');
        entry.tensor.dispose();
        entry.tensor = tensor;
      }
      return outputs;
    } catch (cause) {
      if (cause instanceof HpoError) throw cause;
      throw new HpoError('ERR_ENGINE_FAILED', `the ${this.device.name} engine failed: ${messageOf(cause)}`, { cause });
    } finally {
      for (const tensor of live.values()) tensor.dispose();
    }
  }

  private upload({ value, layout, type }: GraphInput, data: Float32Array | Uint8Array): TfjsTensor {
    const { tf, name } = this.device;
    // The others would keep the caller's own array.
    const numbers = type === 'uint8' ? Float32Array.from(data) : name === 'wasm' ? data : data.slice();
    if (value.role !== 'image' || layout === 'NHWC') return tf.tensor(numbers, [...value.shape], 'float32');
    const [batch, height, width, channels] = value.shape as [number, number, number, number];
    return tf.tidy(() => tf.transpose(tf.tensor(numbers, [batch, channels, height, width], 'float32'), TO_NHWC));
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    for (const tensor of this.constants.values()) tensor.dispose();
    this.onDispose();
  }
}

function lastReads(graph: Graph): number[][] {
  const kept = new Set([...graph.outputs, ...graph.updates].map(({ value }) => value.id));
  const last = new Map<number, number>();
  graph.nodes.forEach((node, i) => node.inputs.forEach(({ id }) => last.set(id, i)));
  const result: number[][] = graph.nodes.map(() => []);
  for (const [id, node] of last) if (!kept.has(id)) result[node]?.push(id);
  return result;
}
