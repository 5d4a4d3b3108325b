// A finished network: pixels in, class probabilities out, as one compiled program.
import type { Backbone } from '../../backbones/backbone.js';
import type { DeviceState, Engine, Program, Runnable } from '../../engines/engine.js';
import { cutShape, frozenBlocks } from '../../backbones/frozen-blocks.js';
import { compileFrozen } from '../../features/prefix.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import { GraphBuilder } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import type { OfTask } from '../../study/task.js';
import { must } from '../../system/must.js';
import { add } from '../../graph/operations/arithmetic.js';
import { sigmoid } from '../../graph/operations/elementwise.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { softmax } from '../../graph/operations/softmax.js';

export interface ClassifierNetwork extends OfTask {
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Of the whole backbone, and the head's. */
  readonly weights: ReadonlyMap<string, HostTensor>;
}

/**
 * Input pixels [1, side, side, 3] (RGB, uint8), output probabilities [1, classes]; with several labels an image, of each on its own.
 * @param from the cut where the graph begins; above the pixels its input is `features`.
 */
export function classifierGraph(
  { backbone, inputSize, weights, task = 'multiclass' }: ClassifierNetwork,
  from = 0,
): Graph {
  const g = new GraphBuilder();
  const entry = from === 0 ? {} : { input: g.input('features', [1, ...cutShape(backbone, inputSize, from)]) };
  const pooled = frozenBlocks(g, backbone, weights, inputSize, { from, to: 'pooled', ...entry });
  const kernel = weights.get(HEAD_KERNEL) as HostTensor;
  const bias = weights.get(HEAD_BIAS) as HostTensor;
  const products = matMul(g, pooled, g.constant(kernel.data, kernel.shape));
  const activation = task === 'multilabel' ? sigmoid : softmax;
  g.output('probabilities', activation(g, add(g, products, g.constant(bias.data, bias.shape))));
  return g.build();
}

export class Classifier {
  private constructor(
    private readonly program: Program,
    private readonly state: DeviceState,
    /** Blocks of a model file that no graph has: from pixels to features. */
    private readonly below?: Runnable,
  ) {}

  static async compile(engine: Engine, network: ClassifierNetwork): Promise<Classifier> {
    const { file, blocks } = network.backbone;
    const state = engine.createState(new Map());
    if (file === undefined || file.isGraph('pooled')) {
      return new Classifier(await engine.compile(classifierGraph(network)), state);
    }
    const cut = blocks.length - file.trainable.depth;
    const below = await compileFrozen(engine, file, cut);
    return new Classifier(await engine.compile(classifierGraph(network, cut)), state, below);
  }

  /** Probabilities [classes] of one image; `pixels` as from `readPixels`. */
  async probabilities(pixels: Uint8Array): Promise<Float32Array> {
    const features = await this.below?.run(this.state, { pixels });
    const feeds = features === undefined ? { pixels } : { features: must(features['output'], 'features') };
    const outputs = await this.program.run(this.state, feeds);
    return outputs['probabilities'] as Float32Array;
  }

  async dispose(): Promise<void> {
    await this.below?.dispose();
    await this.program.dispose();
    this.state.dispose();
  }
}
