// A compiled graph of the torch engine: the text of a step, and where in the exchange its arrays lie.
import { HpoError } from '../../study/errors.js';
import type { Graph, Layout, Value } from '../../graph/graph.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { lowerToTorch } from '../../graph/torch/lower.js';
import type { Program, RowsFeed } from '../engine.js';
import { checkEntry, checkFeeds, checkInto, type Feeds, type Into } from '../feeds.js';
import { must } from '../../system/must.js';
import { aligned } from './exchange.js';
import { noticeDropped, rowsIn } from './rows.js';
import { type TorchSession, TorchState } from './state.js';

interface Port {
  readonly name: string;
  readonly type: 'float32' | 'uint8';
  /** As it lies in the exchange. */
  readonly shape: readonly number[];
  readonly offset: number;
}

export class TorchProgram implements Program {
  private isDisposed = false;

  private constructor(
    private readonly session: TorchSession,
    readonly graph: Graph,
    private readonly id: number,
    private readonly ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
    private readonly onDispose: () => void,
  ) {}

  static async compile(
    session: TorchSession,
    graph: Graph,
    { id, threads, onDispose }: { readonly id: number; readonly threads: number; readonly onDispose: () => void },
  ): Promise<TorchProgram> {
    const { source, constants } = lowerToTorch(graph);
    const { inputs, outputs, end } = portsOf(graph);
    let offset = 0;
    const listed = constants.map(({ shape, role, data }) => {
      const begin = offset;
      offset += data.byteLength;
      return { shape, role, type: data instanceof Int32Array ? 'int32' : 'float32', offset: begin };
    });
    const payload = constants.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await session.inTurn(async () => {
      const { exchange } = session.process;
      const grown = exchange.grow(end);
      const message = {
        op: 'compile',
        program: id,
        source,
        constants: listed,
        inputs,
        outputs,
        parameters: graph.parameters.map(({ name }) => name),
        updates: graph.updates.map(({ parameter }) => parameter),
        threads,
        ...(grown === undefined ? {} : { exchange: grown }),
      };
      await session.process.request(message, payload);
      if (grown !== undefined) exchange.unlink();
    });
    return new TorchProgram(session, graph, id, { inputs, outputs }, onDispose);
  }

  async run(
    state: TorchState,
    feeds: Feeds,
    into: Into = {},
    rows: Readonly<Record<string, RowsFeed>> = {},
  ): Promise<Record<string, Float32Array>> {
    if (!(state instanceof TorchState)) throw new HpoError('ERR_ENGINE', 'expected a state of this engine at run');
    return this.session.inTurn(() => this.runNow(state, feeds, into, rows));
  }

  private async runNow(
    state: TorchState,
    feeds: Feeds,
    into: Into,
    rows: Readonly<Record<string, RowsFeed>>,
  ): Promise<Record<string, Float32Array>> {
    if (this.isDisposed) throw new HpoError('ERR_ENGINE', 'expected a program, got a disposed one at run');
    const { graph, ports, session } = this;
    checkFeeds(graph, feeds);
    checkInto(graph, into);
    for (const { name, value } of graph.parameters) checkEntry(name, value, state.entries.get(name));
    state.check();
    const { process } = session;
    const kept = rowsIn(rows);
    for (const { name, offset } of ports.inputs) {
      if (!(name in kept)) process.exchange.write(must(feeds[name], 'a feed'), offset);
    }
    const { text } = await process.request({ op: 'run', program: this.id, state: state.id, rows: kept });
    noticeDropped(session, text);
    return Object.fromEntries(
      ports.outputs.map(({ name, shape, offset }) => {
        const array = into[name] ?? new Float32Array(sizeOf(shape));
        process.exchange.read(array, offset);
        return [name, array];
      }),
    );
  }

  async dispose(): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.onDispose();
    const { session, id } = this;
    await session.inTurn(() => session.process.request({ op: 'forget program', program: id })).catch(() => {});
  }
}

function portsOf({ inputs, outputs }: Graph): {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly end: number;
} {
  let end = 0;
  const place = (name: string, value: Value, layout: Layout, type: Port['type']): Port => {
    const offset = end;
    end = aligned(end + sizeOf(value.shape) * (type === 'uint8' ? 1 : 4));
    return { name, type, shape: shapeIn(value, layout), offset };
  };
  return {
    inputs: inputs.map(({ name, value, layout, type }) => place(name, value, layout, type)),
    outputs: outputs.map(({ name, value, layout }) => place(name, value, layout, 'float32')),
    end,
  };
}

function shapeIn({ shape, role }: Value, layout: Layout): readonly number[] {
  if (role !== 'image' || layout === 'NHWC') return shape;
  const [batch, height, width, channels] = shape;
  return [batch, channels, height, width].map((size) => must(size, 'a dimension of an image'));
}
