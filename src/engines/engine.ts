// The contract of an engine: compile a graph, run it, free it. Nothing above names a backend.
import type { Graph } from '../graph/graph.js';
import type { HostTensor } from '../graph/host-tensor.js';
import type { EngineName } from '../study/engine-names.js';

export type { EngineName };

/** What runs the frozen part on processors, whatever trains: of those measured none is faster at one image after the other. */
export const PREFIX_ENGINE = 'onnx' satisfies EngineName;

/** Named arrays kept by the engine between runs, on its device and in its layout: parameters and optimizer slots. */
export interface DeviceState {
  /** Copies entries in (canonical layout); adds them or replaces them, shapes may not change. */
  write(entries: ReadonlyMap<string, HostTensor>): void;
  /** Copies entries out in canonical layout: the named ones, or all. */
  read(names?: Iterable<string>): Promise<Map<string, HostTensor>>;
  dispose(): void;
}

/** Rows of numbers that stay on the engine's device: written once, read by any number of runs. */
export interface DeviceRows {
  /** False once the device needed their memory: nothing is read from them any more. */
  readonly isThere: boolean;
  /** Copies rows to these positions: one after the other, each in the layout of an input. */
  write(positions: Uint32Array, numbers: Float32Array): Promise<void>;
  dispose(): void;
}

/** An input of a run that is on the device already: the rows at these positions. */
export interface RowsFeed {
  readonly rows: DeviceRows;
  readonly positions: Uint32Array;
}

export interface Program {
  readonly graph: Graph;
  /**
   * One run. `feeds` holds every input of the graph, in the layout that the input declares; the state holds every
   * parameter. Updates are written to the state before the promise resolves; outputs come back in the layout they declare.
   * @param into arrays that outputs are written to, by name and of their size, none of them a feed; other outputs get new arrays.
   * @param rows inputs that are read from rows of the engine (`keepRows`) instead of from their feeds, which are not looked at.
   */
  run(
    state: DeviceState,
    feeds: Readonly<Record<string, Float32Array | Uint8Array>>,
    into?: Readonly<Record<string, Float32Array>>,
    rows?: Readonly<Record<string, RowsFeed>>,
  ): Promise<Record<string, Float32Array>>;
  dispose(): Promise<void>;
}

/** What an engine computes on. */
export type EngineDevice = 'cpu' | 'cuda' | 'webgpu' | 'mps';

/** A model that is no graph of this program, as bytes of an ONNX file. */
export interface ForeignModel {
  readonly bytes: Uint8Array;
  /** uint8. */
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  /** float32. */
  readonly output: { readonly name: string; readonly shape: readonly number[] };
}

/** What runs; of a foreign model there is no graph. */
export type Runnable = Pick<Program, 'run' | 'dispose'>;

export interface Engine {
  readonly name: EngineName;
  readonly device: EngineDevice;
  /** Version and device of a library that the user brings: its numbers may differ with either. Missing for those that come with hpo. */
  readonly library?: string;
  /** Whether `compile` uses the number of threads that it is given. */
  readonly takesThreads: boolean;
  /**
   * Images of one run of the frozen part, where this engine is to run it: always so many, so that an image's features do not depend on others.
   * Missing: PREFIX_ENGINE runs it, one image at a time.
   */
  readonly frozenBatch?: number;
  createState(entries: ReadonlyMap<string, HostTensor>): DeviceState;
  /** @param threads of the processor that one operation may take; default those that the engine was opened with. */
  compile(graph: Graph, threads?: number): Promise<Program>;
  /**
   * Room for so many rows of this shape: that of one image in an input, channels first. Undefined where the device has none. Missing where the
   * engine's device computes in the machine's own memory, or reads only what it is fed.
   */
  readonly keepRows?: (count: number, shape: readonly number[]) => Promise<DeviceRows | undefined>;
  /** Missing where the engine runs nothing but graphs. Feeds and outputs have the names of the model's. */
  compileModel?(model: ForeignModel): Promise<Runnable>;
  dispose(): Promise<void>;
}
