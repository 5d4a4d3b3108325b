// The frozen part of a backbone: compiled programs, run with a fixed number of images, mostly one, that compute features from pixels or from lower features.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import { ArrayPool } from '../system/array-pool.js';
import type { StudyImages, View } from '../images/study-images.js';
import type { Backbone, ModelFile } from '../backbones/backbone.js';
import { type Cut, cutShape, frozenBlocks } from '../backbones/frozen-blocks.js';
import { multiplyAccumulates } from '../backbones/shapes.js';
import type { DeviceState, Engine, Program, Runnable } from '../engines/engine.js';
import { HpoError } from '../study/errors.js';
import { MultiThreadedProgram } from '../engines/multi-threaded-program.js';
import { GraphBuilder } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { type HostTensor, sizeOf } from '../graph/host-tensor.js';
import type { FeatureCounter } from './feature-counter.js';
import { type NewNumbers, type StoredNumbers, bytesOf, pack, round, unpack } from './precision.js';

/**
 * The arithmetic between two cached layers, as a share of the network's. Each cached layer costs an image a copy of its features into the
 * engine's layout and back, and saves this much for every computation that resumes there.
 */
const BETWEEN_LAYERS = 1 / 8;

/**
 * The layers through which every image passes, so that computation can resume at the nearest one that is cached: the lowest cut that a trial
 * may have, and some of those above it.
 * @param maxDepth the largest unfreezeDepth of any trial.
 */
export function cachedLayersOf(backbone: Backbone, inputSize: number, maxDepth: number): readonly number[] {
  const blocks = backbone.blocks.length;
  // Of a file whose operators no graph has, every part is computed from the pixels.
  if (maxDepth === 0 || backbone.file?.isGraph('pooled') === false) return [];
  const macs = multiplyAccumulates(backbone, inputSize);
  const apart = BETWEEN_LAYERS * macs.reduce((sum, one) => sum + one, 0);
  const layers = [Math.max(1, blocks - maxDepth)];
  let passed = 0;
  for (let cut = (layers[0] as number) + 1; cut < blocks; cut++) {
    passed += macs[cut - 1] as number;
    if (passed < apart) continue;
    layers.push(cut);
    passed = 0;
  }
  return layers;
}

/** Arrays for the pixels and the features at each cut of the images of one run. The next run overwrites them. */
export interface ImageArrays {
  /** For RGB, uint8, [batch, side, side, 3]. */
  readonly pixels: Uint8Array;
  readonly at: (cut: Cut) => Float32Array;
}

/**
 * Compiled programs of one backbone: from each cached layer to the next, and to each cut from the cached layer below it. There is one path
 * to a cut, whether the layers below are cached or computed anew: the same programs, so the same bits.
 */
export class Prefix {
  private readonly programs = new Map<Cut, Promise<Runnable>>();
  private readonly state: DeviceState;
  private readonly idleArrays: ImageArrays[] = [];

  /** @param cachedLayers ascending; see `cachedLayersOf`. */
  constructor(
    private readonly engine: Engine,
    private readonly backbone: Backbone,
    private readonly weights: ReadonlyMap<string, HostTensor>,
    private readonly inputSize: number,
    readonly cachedLayers: readonly number[],
    /** Of the processor, for one operation. Features do not depend on it: workers with more or fewer threads share them. */
    private readonly threads = 1,
    /** Images of a run. With fewer, what is left in the arrays fills it up, and its results are not looked at. */
    readonly batch = 1,
  ) {
    this.state = engine.createState(new Map());
  }

  shape(cut: Cut): readonly number[] {
    return cutShape(this.backbone, this.inputSize, cut);
  }

  /** The cuts through which an image passes up to this one, which is the last. */
  pathTo(cut: Cut): readonly Cut[] {
    return [...this.cachedLayers.filter((layer) => cut === 'pooled' || layer < cut), cut];
  }

  /**
   * Features of the images of a run at a cut, channels first, from their features at the cut before it on the path, or from RGB uint8 pixels.
   * Always the same number of images: another one might choose other kernels, and the result of an image must not depend on its neighbours.
   * @returns the array of `arrays` for this cut.
   */
  async step(
    to: Cut,
    data: Uint8Array | Float32Array,
    precision: FeaturePrecision,
    arrays: ImageArrays,
  ): Promise<Float32Array> {
    const before = this.pathTo(to).at(-2) as number | undefined;
    const program = this.programs.get(to) ?? this.compiled(before, to);
    this.programs.set(to, program);
    const feeds = before === undefined ? { pixels: data } : { features: data };
    const output = arrays.at(to);
    await (await program).run(this.state, feeds, { output });
    return round(output, precision);
  }

  /** All steps from the pixels. */
  async fromPixels(
    pixels: Uint8Array,
    cut: Cut,
    precision: FeaturePrecision,
    arrays: ImageArrays,
  ): Promise<Float32Array> {
    let data: Uint8Array | Float32Array = pixels;
    for (const next of this.pathTo(cut)) data = await this.step(next, data, precision, arrays);
    return data as Float32Array;
  }

  /** Calls `use` with arrays for one run at a time. Tasks that run at the same time get different ones. */
  async withArrays<T>(use: (arrays: ImageArrays) => Promise<T>): Promise<T> {
    const arrays = this.idleArrays.pop() ?? this.newArrays();
    try {
      return await use(arrays);
    } finally {
      this.idleArrays.push(arrays);
    }
  }

  /** Where the pixels of image k of a run go. */
  placeOf(k: number, { pixels }: ImageArrays): Uint8Array {
    const size = pixels.length / this.batch;
    return pixels.subarray(k * size, (k + 1) * size);
  }

  private newArrays(): ImageArrays {
    const features = new Map<Cut, Float32Array>();
    const at = (cut: Cut): Float32Array => {
      const array = features.get(cut) ?? new Float32Array(this.batch * sizeOf(this.shape(cut)));
      features.set(cut, array);
      return array;
    };
    return { pixels: new Uint8Array(this.batch * 3 * this.inputSize ** 2), at };
  }

  private async compiled(from: number | undefined, to: Cut): Promise<Runnable> {
    const { file } = this.backbone;
    if (file === undefined || file.isGraph(to)) return this.compile(this.graph(from, to));
    return compileFrozen(this.engine, file, to);
  }

  private async compile(graph: Graph): Promise<Program> {
    const { engine, threads } = this;
    return threads > 1 && engine.takesThreads
      ? new MultiThreadedProgram(engine, { graph, threads })
      : engine.compile(graph);
  }

  private graph(from: number | undefined, to: Cut): Graph {
    const g = new GraphBuilder();
    const { batch } = this;
    // A model file's arrays are in its own order.
    const kind = this.backbone.file === undefined ? ({ role: 'image', layout: 'NCHW' } as const) : {};
    const entry = from === undefined ? {} : { input: g.input('features', [batch, ...this.shape(from)], kind) };
    const output = frozenBlocks(g, this.backbone, this.weights, this.inputSize, {
      from: from ?? 0,
      to,
      batch,
      ...entry,
    });
    g.output('output', output, { layout: 'NCHW' });
    return g.build();
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await (await program).dispose();
    this.state.dispose();
  }
}

/**
 * Operators that no graph has run as the file holds them, from `pixels`, uint8 [1, side, side, 3], to `output`.
 * @throws HpoError ERR_ENGINE where the engine runs nothing but graphs.
 */
export async function compileFrozen(engine: Engine, file: ModelFile, to: Cut): Promise<Runnable> {
  if (engine.compileModel === undefined) {
    throw new HpoError(
      'ERR_ENGINE',
      `expected the engine onnx for the frozen part of ${file.path}, got ${engine.name}`,
    );
  }
  const input = { name: 'pixels', shape: [1, file.side, file.side, 3] };
  const output = { name: 'output', shape: [1, ...file.cutShape(to)] };
  return engine.compileModel({ bytes: file.frozen(to), input, output });
}

/** Images of one chunk: few, so that workers who need the same features share the work. */
export const CHUNK = 16;

/** Some images of one view at one cut: what one file of the cache holds. */
export interface Chunk {
  readonly cut: Cut;
  readonly view: View;
  readonly first: number;
  readonly count: number;
  readonly precision: FeaturePrecision;
  /** Numbers in one image's features. */
  readonly size: number;
  /** Of everything that decides the numbers. */
  readonly digest: string;
}

/** A chunk, and the chunks of the same images at the cached layers below it, the lowest first. */
export interface ChunkPath {
  readonly target: Chunk;
  readonly below: readonly { readonly chunk: Chunk; readonly isCached: boolean }[];
}

/** A chunk from which to resume. */
export interface ChunkStart {
  readonly chunk: Chunk;
  readonly records: StoredNumbers;
}

export interface MakingOptions {
  /** For the target. */
  readonly newNumbers: NewNumbers;
  readonly afterImage: () => Promise<unknown>;
  /** Gets every chunk that is to be cached, the target last: of a writer that is killed the lower chunks are more useful. */
  readonly store: (chunk: Chunk, records: StoredNumbers) => Promise<void>;
}

/** Computes chunks, and on the way the chunks below that are to be cached. */
export class ChunkMaker {
  /** For chunks below the target, which do not stay in memory. */
  private readonly arrays = new ArrayPool();

  constructor(
    private readonly prefix: Prefix,
    private readonly images: StudyImages,
    private readonly counter: FeatureCounter,
  ) {}

  /** The target's records, computed from pixels or from `start`. */
  async make(path: ChunkPath, start: ChunkStart | undefined, options: MakingOptions): Promise<StoredNumbers> {
    const { newNumbers, afterImage, store } = options;
    const { target } = path;
    const all = this.prefix.pathTo(target.cut);
    const steps = start === undefined ? all : all.slice(all.indexOf(start.chunk.cut) + 1);
    const made = new Map<Cut, { readonly chunk: Chunk; readonly records: StoredNumbers }>();
    for (const { chunk, isCached } of path.below) {
      if (isCached && steps.includes(chunk.cut)) made.set(chunk.cut, { chunk, records: this.reused(chunk) });
    }
    const result = newNumbers(target.precision, target.count * target.size);
    made.set(target.cut, { chunk: target, records: result });
    const { batch } = this.prefix;
    const compute = async (arrays: ImageArrays): Promise<void> => {
      for (let i = 0; i < target.count; i += batch) {
        const images = Math.min(batch, target.count - i);
        let data = await this.inputOf(i, images, { target, start }, arrays);
        for (const cut of steps) {
          const features = await this.prefix.step(cut, data, target.precision, arrays);
          const into = made.get(cut);
          if (into !== undefined)
            pack(features.subarray(0, images * into.chunk.size), into.records, i * into.chunk.size);
          data = features;
        }
        for (let done = 0; done < images; done++) await afterImage();
      }
    };
    await this.counter.timed(() => this.prefix.withArrays(compute));
    for (const { chunk, records } of made.values()) await store(chunk, records);
    for (const { chunk, records } of made.values()) {
      if (chunk !== target) this.arrays.give(new Float32Array(records.buffer));
    }
    return result;
  }

  /** Of images of the chunk: their pixels, or their features at the start. */
  private async inputOf(
    i: number,
    images: number,
    { target: { view, first, count }, start }: { readonly target: Chunk; readonly start: ChunkStart | undefined },
    arrays: ImageArrays,
  ): Promise<Uint8Array | Float32Array> {
    if (start !== undefined) {
      const features = arrays.at(start.chunk.cut);
      const { size } = start.chunk;
      unpack(start.records, i * size, features.subarray(0, images * size));
      return features;
    }
    const ahead = i === 0 ? 1 : images + 1;
    for (let next = i + ahead; next < Math.min(i + 2 * images + 1, count); next++)
      this.images.readAhead(view, first + next);
    for (let k = 0; k < images; k++) await this.images.pixels(view, first + i + k, this.prefix.placeOf(k, arrays));
    this.counter.computed += images;
    return arrays.pixels;
  }

  private reused({ precision, count, size }: Chunk): StoredNumbers {
    const length = count * size;
    const { buffer } = this.arrays.take(Math.ceil((length * bytesOf(precision)) / 4));
    return precision === 'float16' ? new Uint16Array(buffer, 0, length) : new Float32Array(buffer, 0, length);
  }
}
