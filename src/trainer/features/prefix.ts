// The frozen part of a backbone as one compiled inference program: pixels in, features out.
import type { Backbone } from '../backbones/backbone.js';
import { foldBatchNorm } from '../backbones/fold-batch-norm.js';
import { buildForward } from '../backbones/forward.js';
import { preprocess } from '../backbones/preprocess.js';
import { parameterSpecs } from '../backbones/parameters.js';
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
 * Adds the input pixels [1, side, side, 3] (RGB, uint8) and the network up to a cut; result [1, height, width, channels] or, pooled,
 * [1, channels]. BatchNorm is folded into the convolutions and all weights are constants, so an engine may prepare them once.
 */
export function prefixFeatures(
  g: GraphBuilder,
  backbone: Backbone,
  weights: ReadonlyMap<string, HostTensor>,
  inputSize: number,
  cut: Cut,
): Value {
  const folded = foldBatchNorm(backbone, weights);
  const specs = new Map(parameterSpecs(folded.backbone).map((spec) => [spec.name, spec]));
  const pixels = g.input('pixels', [1, inputSize, inputSize, 3], { role: 'image', type: 'uint8', layout: 'NHWC' });
  const output = buildForward(g, folded.backbone, {
    from: 0,
    to: cut === 'pooled' ? backbone.blocks.length : cut,
    input: preprocess(g, backbone, pixels),
    parameters: (name) => {
      const tensor = folded.weights.get(name) as HostTensor;
      return g.constant(tensor.data, tensor.shape, specs.get(name)?.role ?? tensor.role);
    },
    mode: 'inference',
  });
  return cut === 'pooled' ? reduceMean(g, output, [1, 2]) : output;
}

/** The graph of a cut's features, channels first. */
function prefixGraph(backbone: Backbone, weights: ReadonlyMap<string, HostTensor>, inputSize: number, cut: Cut): Graph {
  const g = new GraphBuilder();
  g.output('features', prefixFeatures(g, backbone, weights, inputSize, cut), { layout: 'NCHW' });
  return g.build();
}

/** Compiled prefixes of one backbone, one program for each cut that was asked for. */
export class Prefix {
  private readonly programs = new Map<Cut, Promise<Program>>();
  private readonly state: DeviceState;

  constructor(
    private readonly engine: Engine,
    private readonly backbone: Backbone,
    private readonly weights: ReadonlyMap<string, HostTensor>,
    private readonly inputSize: number,
  ) {
    this.state = engine.createState(new Map());
  }

  shape(cut: Cut): readonly number[] {
    return cutShape(this.backbone, this.inputSize, cut);
  }

  /** Features of one image, channels first. Always one image a run: what it gives must not depend on its neighbours. */
  async features(cut: Cut, pixels: Uint8Array): Promise<Float32Array> {
    const outputs = await (await this.program(cut)).run(this.state, { pixels });
    return outputs['features'] as Float32Array;
  }

  private program(cut: Cut): Promise<Program> {
    const known = this.programs.get(cut);
    if (known !== undefined) return known;
    const program = this.engine.compile(prefixGraph(this.backbone, this.weights, this.inputSize, cut));
    this.programs.set(cut, program);
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await (await program).dispose();
    this.state.dispose();
  }
}
