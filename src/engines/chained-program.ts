// Several runs of a program in one (graph/chained.ts): only where they give the same bits.
import { chained, feedsOf, linkName } from '../graph/chained.js';
import type { Graph } from '../graph/graph.js';
import type { HostTensor } from '../graph/host-tensor.js';
import { bytesOf } from './bytes-of.js';
import type { DeviceState, Engine, Program } from './engine.js';

type Feeds = Parameters<Program['run']>[1];
type Outputs = Awaited<ReturnType<Program['run']>>;

export interface Chaining {
  /** Of one run. */
  readonly graph: Graph;
  readonly links: number;
  /** Of the processor, for one operation; missing: what the engine was opened with. */
  readonly threads?: number | undefined;
  /** The program of one run, which this one does not dispose of. */
  readonly single: () => Promise<Program>;
}

/**
 * Onnxruntime promises nothing about the order of sums in a larger graph, and which runs are chained depends on what a worker did before;
 * results must not. So the first time the runs are made one by one, and by the chain on a copy of the state. Where a bit differs, or the
 * chain cannot be had, they are made one by one ever after.
 */
export class ChainedProgram implements Program {
  readonly graph: Graph;
  private chain: Promise<Program> | undefined;
  private isTrusted: boolean | undefined;

  /** Nothing is compiled before the first run. */
  constructor(
    private readonly engine: Engine,
    private readonly chaining: Chaining,
  ) {
    this.graph = chained(chaining.graph, chaining.links);
  }

  async run(state: DeviceState, feeds: Feeds): Promise<Outputs> {
    if (this.isTrusted === true) return (await this.compiled()).run(state, feeds);
    if (this.isTrusted === false) return this.oneByOne(state, feeds);
    const copy = this.engine.createState(await state.read(this.graph.parameters.map(({ name }) => name)));
    try {
      const outputs = await this.oneByOne(state, feeds);
      this.isTrusted = await this.gives(outputs, state, copy, feeds).catch(() => false);
      if (!this.isTrusted) await this.dispose();
      return outputs;
    } finally {
      copy.dispose();
    }
  }

  async dispose(): Promise<void> {
    const { chain } = this;
    this.chain = undefined;
    await (await chain?.catch(() => undefined))?.dispose();
  }

  private compiled(): Promise<Program> {
    this.chain ??= this.engine.compile(this.graph, this.chaining.threads);
    return this.chain;
  }

  private async oneByOne(state: DeviceState, feeds: Feeds): Promise<Outputs> {
    const single = await this.chaining.single();
    const all: Outputs = {};
    for (let link = 0; link < this.chaining.links; link++) {
      const outputs = await single.run(state, feedsOf(feeds, link));
      for (const [name, output] of Object.entries(outputs)) all[linkName(name, link)] = output;
    }
    return all;
  }

  /** Whether the chain gives these outputs, and makes of the copy what the state is now. */
  private async gives(expected: Outputs, state: DeviceState, copy: DeviceState, feeds: Feeds): Promise<boolean> {
    const outputs = await (await this.compiled()).run(copy, feeds);
    const updated = this.graph.updates.map(({ parameter }) => parameter);
    const [left, wanted] = [await copy.read(updated), await state.read(updated)];
    return (
      Object.entries(expected).every(([name, output]) => isSame(output, outputs[name])) &&
      [...wanted].every(([name, { data }]) => isSame(data, (left.get(name) as HostTensor).data))
    );
  }
}

function isSame(a: Float32Array, b: Float32Array | undefined): boolean {
  return b !== undefined && bytesOf(a).equals(bytesOf(b));
}
