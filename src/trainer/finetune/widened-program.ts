// A program on several threads in place of the same one on one thread: only where it gives the same bits.
import type { DeviceState, Engine, Program } from '../engines/engine.js';
import type { HostTensor } from '../graph/host-tensor.js';

type Feeds = Parameters<Program['run']>[1];
type Outputs = Record<string, Float32Array>;

/** Sums that threads take part by part might come out otherwise from one run to the next. */
const RUNS = 2;

/**
 * Whether sums come out in the same order with several threads depends on an operator's sizes, on the processor and on onnxruntime, which
 * promises nothing. So its first run is tried on copies of what it is given, with both; where a bit differs, the narrow one runs for ever.
 */
export class WidenedProgram implements Program {
  private verdict: Promise<boolean> | undefined;

  /** @param narrow the same graph on one thread, ready when asked for; whoever made it disposes of it. */
  constructor(
    private readonly engine: Engine,
    private readonly wide: Program,
    private readonly narrow: () => Promise<Program>,
  ) {}

  get graph(): Program['graph'] {
    return this.wide.graph;
  }

  async run(state: DeviceState, feeds: Feeds, into?: Parameters<Program['run']>[2]): Promise<Outputs> {
    this.verdict ??= this.givesSameBits(state, feeds);
    const program = (await this.verdict) ? this.wide : await this.narrow();
    return program.run(state, feeds, into);
  }

  async dispose(): Promise<void> {
    await this.wide.dispose();
  }

  private async givesSameBits(state: DeviceState, feeds: Feeds): Promise<boolean> {
    const entries = withoutZeros(await state.read(this.graph.parameters.map(({ name }) => name)));
    const expected = await this.resultOf(await this.narrow(), entries, feeds);
    for (let run = 0; run < RUNS; run++) {
      const found = await this.resultOf(this.wide, entries, feeds);
      if (!expected.every((bytes, i) => bytes.equals(found[i] as Buffer))) return false;
    }
    return true;
  }

  /** All that a run gives, on a state of its own. */
  private async resultOf(
    program: Program,
    entries: ReadonlyMap<string, HostTensor>,
    feeds: Feeds,
  ): Promise<readonly Buffer[]> {
    const state = this.engine.createState(entries);
    try {
      const outputs = await program.run(state, feeds);
      const updated = await state.read(this.graph.updates.map(({ parameter }) => parameter));
      return [...Object.values(outputs), ...[...updated.values()].map(({ data }) => data)].map(bytesOf);
    } finally {
      state.dispose();
    }
  }
}

/** A head that is still zero gives gradients that are zero, in whatever order they are summed. */
function withoutZeros(entries: ReadonlyMap<string, HostTensor>): ReadonlyMap<string, HostTensor> {
  return new Map(
    [...entries].map(([name, tensor]) => {
      if (tensor.data.some((number) => number !== 0)) return [name, tensor];
      return [name, { ...tensor, data: tensor.data.map((_, i) => 1e-3 * (1 + (i % 13))) }];
    }),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
