// The frozen part of a backbone as compiled inference programs: pixels in, features out, in at most two steps.
import type { Backbone } from '../backbones/backbone.js';
import { foldBatchNorm } from '../backbones/fold-batch-norm.js';
import { buildForward } from '../backbones/forward.js';
import { parameterSpecs } from '../backbones/parameters.js';
import { preprocess } from '../backbones/preprocess.js';
import { outputShape } from '../backbones/shapes.js';
import type { DeviceState, Engine, Program } from '../engines/engine.js';
import { GraphBuilder } from '../graph/builder.js';
import type { Graph, Value } from '../graph/graph.js';
import type { HostTensor } from '../graph/host-tensor.js';
import { reduceMean } from '../graph/operations/reduce.js';

/** Where a network is cut: so many blocks passed, or all of them and the average over positions. */
export type Cut = number | 'pooled';

/** The shape of one image's features at a cut: [channels] when pooled, else [height, width, channels]. */
export function cutShape(backbone: Backbone, inputSize: number, cut: Cut): readonly number[] {
  const shape = outputShape(backbone, inputSize, cut === 'pooled' ? backbone.blocks.length : cut);
  return cut === 'pooled' ? [shape[2]] : shape;
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

/**
 * Compiled prefixes of one backbone. Every cut above `base` is reached by way of the features at `base`, whether these were kept or are
 * computed anew: the same two programs, so the same bits.
 */
export class Prefix {
  private readonly programs = new Map<string, Promise<Program>>();
  private readonly state: DeviceState;

  /** @param base the lowest cut that trials ask for; 0 goes from pixels to any cut at once. */
  constructor(
    private readonly engine: Engine,
    private readonly backbone: Backbone,
    private readonly weights: ReadonlyMap<string, HostTensor>,
    private readonly inputSize: number,
    readonly base: number,
  ) {
    this.state = engine.createState(new Map());
  }

  /** Whether a cut is reached by way of the features at `base`. */
  isAboveBase(cut: Cut): boolean {
    return this.base > 0 && (cut === 'pooled' || cut > this.base);
  }

  shape(cut: Cut): readonly number[] {
    return cutShape(this.backbone, this.inputSize, cut);
  }

  /** Features of one image at a cut, channels first. Always one image a run: what it gives must not depend on its neighbours. */
  async fromPixels(pixels: Uint8Array, cut: Cut): Promise<Float32Array> {
    if (!this.isAboveBase(cut)) return this.run('pixels', cut, pixels);
    return this.fromBase(await this.run('pixels', this.base, pixels), cut);
  }

  /** The same, from the features at `base`. */
  async fromBase(features: Float32Array, cut: Cut): Promise<Float32Array> {
    return cut === this.base ? features : this.run('features', cut, features);
  }

  private async run(from: 'pixels' | 'features', cut: Cut, data: Uint8Array | Float32Array): Promise<Float32Array> {
    const key = `${from} ${cut}`;
    const program = this.programs.get(key) ?? this.engine.compile(this.graph(from, cut));
    this.programs.set(key, program);
    const outputs = await (await program).run(this.state, { [from]: data });
    return outputs['output'] as Float32Array;
  }

  private graph(from: 'pixels' | 'features', to: Cut): Graph {
    const g = new GraphBuilder();
    const start = from === 'pixels' ? 0 : this.base;
    const shape = [1, ...this.shape(start)];
    const entry = from === 'pixels' ? {} : { input: g.input('features', shape, { role: 'image', layout: 'NCHW' }) };
    const output = frozenBlocks(g, this.backbone, this.weights, this.inputSize, { from: start, to, ...entry });
    g.output('output', output, { layout: 'NCHW' });
    return g.build();
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await (await program).dispose();
    this.state.dispose();
  }
}
