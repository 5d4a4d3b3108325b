// A program on several threads in place of the same one on one thread: only where it gives the same bits.
import { must } from '../system/must.js';
import type { Graph } from '../graph/graph.js';
import type { HostTensor } from '../graph/host-tensor.js';
import { bytesOf } from './bytes-of.js';
import type { DeviceState, Engine, Program } from './engine.js';

type Feeds = Parameters<Program['run']>[1];

/** What a run is given. */
export interface Given {
  readonly entries: ReadonlyMap<string, HostTensor>;
  readonly feeds: Feeds;
}

/** Numbers on which a run shows every sum that it makes, from those that it was to be given. */
export type SensitiveInputs = (given: Given) => Given;

export interface MultiThreadedOptions {
  readonly graph: Graph;
  /** Of the processor, for one operation; more than 1. */
  readonly threads: number;
  /** Default: `patterned`. */
  readonly testInputs?: SensitiveInputs;
}

/** Other feeds of the same size: a black image, say, would hide in what order its zeros are summed. */
function patterned({ entries, feeds }: Given): Given {
  const pattern = (array: Float32Array | Uint8Array): Float32Array | Uint8Array =>
    array.map((_, i) => (i * 7919) % 251);
  return { entries, feeds: Object.fromEntries(Object.entries(feeds).map(([name, array]) => [name, pattern(array)])) };
}

/** Sums that threads take part by part might come out otherwise from one run to the next. */
const RUNS = 2;

/**
 * Whether sums come out in the same order with several threads depends on an operator's sizes, on the processor and on onnxruntime, which
 * promises nothing. So before its first run both are tried on copies of what that is given; where a bit differs, or several threads
 * cannot be had, one thread it is. The other program is disposed of.
 */
export class MultiThreadedProgram implements Program {
  private chosen: Promise<Program> | undefined;
  private taken: number | undefined;

  /** Nothing is compiled before the first run. */
  constructor(
    private readonly engine: Engine,
    private readonly options: MultiThreadedOptions,
  ) {}

  get graph(): Graph {
    return this.options.graph;
  }

  /** Threads that it runs on; undefined before its first run. */
  get threads(): number | undefined {
    return this.taken;
  }

  async run(...given: Parameters<Program['run']>): ReturnType<Program['run']> {
    const [state, feeds] = given;
    this.chosen ??= this.choose(state, feeds);
    const chosen = await this.chosen.catch((error: unknown) => {
      this.chosen = undefined; // tried again by the next run
      throw error;
    });
    return chosen.run(...given);
  }

  async dispose(): Promise<void> {
    const chosen = await this.chosen?.catch(() => undefined);
    await chosen?.dispose();
  }

  private async choose(state: DeviceState, feeds: Feeds): Promise<Program> {
    const { graph, threads, testInputs = patterned } = this.options;
    const single = await this.engine.compile(graph);
    const entries = await state.read(graph.parameters.map(({ name }) => name));
    const multi = await this.trusted(single, testInputs({ entries, feeds })).catch(() => undefined);
    if (multi !== undefined) await single.dispose();
    this.taken = multi === undefined ? 1 : threads;
    return multi ?? single;
  }

  /** The program on several threads, where it gives what `single` does. */
  private async trusted(single: Program, given: Given): Promise<Program | undefined> {
    const { graph, threads } = this.options;
    const expected = await this.resultOf(single, given);
    const multi = await this.engine.compile(graph, threads);
    if (await this.gives(multi, given, expected).catch(() => false)) return multi;
    await multi.dispose();
    return undefined;
  }

  private async gives(program: Program, given: Given, expected: readonly Buffer[]): Promise<boolean> {
    for (let run = 0; run < RUNS; run++) {
      const found = await this.resultOf(program, given);
      if (!expected.every((bytes, i) => bytes.equals(must(found[i], 'as many results')))) return false;
    }
    return true;
  }

  /** All that a run gives, on a state of its own. */
  private async resultOf(program: Program, { entries, feeds }: Given): Promise<readonly Buffer[]> {
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
