// The frozen part of a backbone as compiled inference programs: pixels in, features out, by way of a few stops.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import type { Backbone } from '../backbones/backbone.js';
import { foldBatchNorm } from '../backbones/fold-batch-norm.js';
import { buildForward } from '../backbones/forward.js';
import { parameterSpecs } from '../backbones/parameters.js';
import { preprocess } from '../backbones/preprocess.js';
import { multiplyAccumulates, outputShape } from '../backbones/shapes.js';
import type { DeviceState, Engine, Program } from '../engines/engine.js';
import { WidenedProgram } from '../engines/widened-program.js';
import { GraphBuilder } from '../graph/builder.js';
import type { Graph, Value } from '../graph/graph.js';
import { type HostTensor, sizeOf } from '../graph/host-tensor.js';
import { reduceMean } from '../graph/operations/reduce.js';
import { round } from './precision.js';

/** Where a network is cut: so many blocks passed, or all of them and the average over positions. */
export type Cut = number | 'pooled';

/** The shape of one image's features at a cut: [channels] when pooled, else [height, width, channels]. */
export function cutShape(backbone: Backbone, inputSize: number, cut: Cut): readonly number[] {
  const shape = outputShape(backbone, inputSize, cut === 'pooled' ? backbone.blocks.length : cut);
  return cut === 'pooled' ? [shape[2]] : shape;
}

/**
 * Share of the network's arithmetic between two stops, at least: each costs an image the way of its features into the engine's layout
 * and back, and saves that much to whoever goes on from it.
 */
const BETWEEN_STOPS = 1 / 8;

/**
 * Where images pause on their way up, so that one cut can go on from another: the lowest cut that a trial may have, and some of those above it.
 * @param maxDepth the largest unfreezeDepth of any trial.
 */
export function stopsOf(backbone: Backbone, inputSize: number, maxDepth: number): readonly number[] {
  const blocks = backbone.blocks.length;
  if (maxDepth === 0) return [];
  const macs = multiplyAccumulates(backbone, inputSize);
  const apart = BETWEEN_STOPS * macs.reduce((sum, one) => sum + one, 0);
  const stops = [Math.max(1, blocks - maxDepth)];
  let passed = 0;
  for (let cut = (stops[0] as number) + 1; cut < blocks; cut++) {
    passed += macs[cut - 1] as number;
    if (passed < apart) continue;
    stops.push(cut);
    passed = 0;
  }
  return stops;
}

/**
 * Adds the blocks between two cuts; a pooled result is [1, channels]. BatchNorm is folded into the convolutions and all weights are
 * constants, so an engine may prepare them once. `input` undefined: pixels [1, side, side, 3] (RGB, uint8) enter and are preprocessed.
 */
export function frozenBlocks(
  g: GraphBuilder,
  backbone: Backbone,
  weights: ReadonlyMap<string, HostTensor>,
  inputSize: number,
  range: { readonly from: number; readonly to: Cut; readonly input?: Value },
): Value {
  const folded = foldBatchNorm(backbone, weights);
  const specs = new Map(parameterSpecs(folded.backbone).map((spec) => [spec.name, spec]));
  const output = buildForward(g, folded.backbone, {
    from: range.from,
    to: range.to === 'pooled' ? backbone.blocks.length : range.to,
    input: range.input ?? preprocess(g, backbone, pixelsInput(g, inputSize)),
    parameters: (name) => {
      const tensor = folded.weights.get(name) as HostTensor;
      return g.constant(tensor.data, tensor.shape, specs.get(name)?.role ?? tensor.role);
    },
    mode: 'inference',
  });
  return range.to === 'pooled' ? reduceMean(g, output, [1, 2]) : output;
}

function pixelsInput(g: GraphBuilder, inputSize: number): Value {
  return g.input('pixels', [1, inputSize, inputSize, 3], { role: 'image', type: 'uint8', layout: 'NHWC' });
}

/** What an image is made in on its way up; the next one overwrites it. */
export interface WayArrays {
  /** For RGB, uint8, [side, side, 3]. */
  readonly pixels: Uint8Array;
  /** For the features at each cut. */
  readonly at: (cut: Cut) => Float32Array;
}

/**
 * Compiled prefixes of one backbone: a program from each stop to the next, and to each cut from the stop below it. There is one way to
 * a cut, whether what lies on it was kept or is computed anew: the same programs, so the same bits.
 */
export class Prefix {
  private readonly programs = new Map<Cut, Promise<Program>>();
  private readonly state: DeviceState;
  /** Those that nobody uses. */
  private readonly ways: WayArrays[] = [];

  /** @param stops ascending; see `stopsOf`. */
  constructor(
    private readonly engine: Engine,
    private readonly backbone: Backbone,
    private readonly weights: ReadonlyMap<string, HostTensor>,
    private readonly inputSize: number,
    readonly stops: readonly number[],
    /** Of the processor, for one operation. Features do not depend on it: they are kept for workers that have more or fewer. */
    private readonly threads = 1,
  ) {
    this.state = engine.createState(new Map());
  }

  shape(cut: Cut): readonly number[] {
    return cutShape(this.backbone, this.inputSize, cut);
  }

  /** The cuts on the way from the pixels to this one, itself the last. */
  wayTo(cut: Cut): readonly Cut[] {
    return [...this.stops.filter((stop) => cut === 'pooled' || stop < cut), cut];
  }

  /**
   * Features of one image at a cut, channels first, from what lies at the one before it on the way, or from RGB uint8 pixels. Always one
   * image a run: what it gives must not depend on its neighbours.
   * @returns the array of `arrays` for this cut.
   */
  async step(
    to: Cut,
    data: Uint8Array | Float32Array,
    precision: FeaturePrecision,
    arrays: WayArrays,
  ): Promise<Float32Array> {
    const before = this.wayTo(to).at(-2) as number | undefined;
    const program = this.programs.get(to) ?? this.compile(this.graph(before, to));
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
    arrays: WayArrays,
  ): Promise<Float32Array> {
    let data: Uint8Array | Float32Array = pixels;
    for (const next of this.wayTo(cut)) data = await this.step(next, data, precision, arrays);
    return data as Float32Array;
  }

  /** Lends arrays for one image after the other; whoever goes a way at the same time gets others. */
  async lend<T>(use: (arrays: WayArrays) => Promise<T>): Promise<T> {
    const arrays = this.ways.pop() ?? this.newArrays();
    try {
      return await use(arrays);
    } finally {
      this.ways.push(arrays);
    }
  }

  private newArrays(): WayArrays {
    const features = new Map<Cut, Float32Array>();
    const at = (cut: Cut): Float32Array => {
      const array = features.get(cut) ?? new Float32Array(sizeOf(this.shape(cut)));
      features.set(cut, array);
      return array;
    };
    return { pixels: new Uint8Array(3 * this.inputSize ** 2), at };
  }

  private async compile(graph: Graph): Promise<Program> {
    const { engine, threads } = this;
    return threads > 1 && engine.takesThreads ? new WidenedProgram(engine, { graph, threads }) : engine.compile(graph);
  }

  private graph(from: number | undefined, to: Cut): Graph {
    const g = new GraphBuilder();
    const entry =
      from === undefined
        ? {}
        : { input: g.input('features', [1, ...this.shape(from)], { role: 'image', layout: 'NCHW' }) };
    const output = frozenBlocks(g, this.backbone, this.weights, this.inputSize, { from: from ?? 0, to, ...entry });
    g.output('output', output, { layout: 'NCHW' });
    return g.build();
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await (await program).dispose();
    this.state.dispose();
  }
}
