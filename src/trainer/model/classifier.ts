// A finished network: pixels in, class probabilities out, as one compiled program.
import type { Backbone } from '../../backbones/backbone.js';
import type { DeviceState, Engine, Program } from '../../engines/engine.js';
import { frozenBlocks } from '../../backbones/frozen-blocks.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import { GraphBuilder } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { add } from '../../graph/operations/arithmetic.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { softmax } from '../../graph/operations/softmax.js';

export interface ClassifierNetwork {
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Of the whole backbone, and the head's. */
  readonly weights: ReadonlyMap<string, HostTensor>;
}

/** Input pixels [1, side, side, 3] (RGB, uint8), output probabilities [1, classes]. */
export function classifierGraph({ backbone, inputSize, weights }: ClassifierNetwork): Graph {
  const g = new GraphBuilder();
  const pooled = frozenBlocks(g, backbone, weights, inputSize, { from: 0, to: 'pooled' });
  const kernel = weights.get(HEAD_KERNEL) as HostTensor;
  const bias = weights.get(HEAD_BIAS) as HostTensor;
  const products = matMul(g, pooled, g.constant(kernel.data, kernel.shape));
  g.output('probabilities', softmax(g, add(g, products, g.constant(bias.data, bias.shape))));
  return g.build();
}

export class Classifier {
  private constructor(
    private readonly program: Program,
    private readonly state: DeviceState,
  ) {}

  static async compile(engine: Engine, network: ClassifierNetwork): Promise<Classifier> {
    return new Classifier(await engine.compile(classifierGraph(network)), engine.createState(new Map()));
  }

  /** Probabilities [classes] of one image; `pixels` as from `readPixels`. */
  async probabilities(pixels: Uint8Array): Promise<Float32Array> {
    const outputs = await this.program.run(this.state, { pixels });
    return outputs['probabilities'] as Float32Array;
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
    this.state.dispose();
  }
}
