// Where a network looked: for one class, how much each position of a block's output speaks for it.
import { type Cut, frozenBlocks } from '../../backbones/frozen-blocks.js';
import type { DeviceState, Engine, Program } from '../../engines/engine.js';
import { GraphBuilder } from '../../graph/builder.js';
import { gradients } from '../../graph/gradients.js';
import type { Graph, Value } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { add, multiply } from '../../graph/operations/arithmetic.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { reduceMean, reduceSum } from '../../graph/operations/reduce.js';
import { reshape } from '../../graph/operations/reshape.js';
import { HpoError } from '../../study/errors.js';
import { must } from '../../system/must.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../finetune/tail.js';
import type { ClassifierNetwork } from './classifier.js';
import { hint } from '../../system/nearest.js';

/** How much each position speaks for the class; below zero against it. */
export interface ActivationMap {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row by row. */
  readonly values: Float32Array;
}

/**
 * The graph of a map. Inputs: pixels [1, side, side, 3] (RGB, uint8) and `class` [1, classes], 1 at the class. Output `map` [1, rows, columns].
 *
 * Above the last block it is the class activation map (Zhou et al. 2016, arXiv 1512.04150): features times the class's weights. Because the
 * head is linear and follows the mean over positions, the mean of the map is the class's score but for its bias. At a lower block it is
 * Grad-CAM before its rectifier (Selvaraju et al. 2017, arXiv 1610.02391): channels weighted by the mean of the score's gradient.
 * @param blocks of the backbone below the map.
 */
export function activationGraph(network: ClassifierNetwork, blocks: number): Graph {
  const { backbone, inputSize, weights } = network;
  const { file } = backbone;
  if (file?.isGraph(blocks) === false) {
    const why = file.trainable.reason ?? 'its nodes run as they are';
    throw new HpoError('ERR_BACKBONE', `expected a network that can be looked into, got ${backbone.name}: ${why}`);
  }
  const g = new GraphBuilder();
  const features = frozenBlocks(g, backbone, weights, inputSize, { from: 0, to: blocks });
  const [, , , channels] = features.shape;
  if (features.role !== 'image' || channels === undefined) {
    throw new HpoError(
      'ERR_BACKBONE',
      `expected a map of features after ${blocks} blocks of ${backbone.name}, got none`,
    );
  }
  const [kernel, bias] = [HEAD_KERNEL, HEAD_BIAS].map((name) => {
    const { data, shape }: HostTensor = must(weights.get(name), `weights for ${name}`);
    return g.constant(data, shape);
  });
  const chosen = g.input('class', [1, must(bias, 'a bias').shape[0] ?? 0]);
  const share =
    blocks === backbone.blocks.length
      ? weightsOfClass(g, network, chosen)
      : meanGradient(g, network, { features, kernel, bias, chosen, blocks });
  g.output('map', reduceSum(g, multiply(g, features, reshape(g, share, [channels])), [3]));
  return g.build();
}

/** [1, channels]: the head's weights of the chosen class. */
function weightsOfClass(g: GraphBuilder, { weights }: ClassifierNetwork, chosen: Value): Value {
  const { data, shape } = must(weights.get(HEAD_KERNEL), 'the weights of the head');
  const [channels = 0, classes = 0] = shape;
  const turned = Float32Array.from(data, (_, i) => data[(i % channels) * classes + Math.floor(i / channels)]!);
  return matMul(g, chosen, g.constant(turned, [classes, channels]));
}

interface Scored {
  readonly features: Value;
  readonly kernel: Value | undefined;
  readonly bias: Value | undefined;
  readonly chosen: Value;
  readonly blocks: number;
}

/** [1, channels]: the gradient of the class's score by the features, averaged over positions. */
function meanGradient(g: GraphBuilder, network: ClassifierNetwork, scored: Scored): Value {
  const { backbone, weights, inputSize } = network;
  const { features, kernel, bias, chosen, blocks } = scored;
  const to: Cut = 'pooled';
  const pooled = frozenBlocks(g, backbone, weights, inputSize, { from: blocks, to, input: features });
  const scores = add(g, matMul(g, pooled, must(kernel, 'a kernel')), must(bias, 'a bias'));
  const [gradient] = gradients(g, reduceSum(g, multiply(g, scores, chosen), [0, 1]), [features]);
  return reduceMean(g, must(gradient, 'a gradient'), [1, 2]);
}

/** The number of blocks below a map at this block. @throws HpoError ERR_USAGE with the names of the blocks. */
export function blocksUpTo({ backbone }: Pick<ClassifierNetwork, 'backbone'>, name: string | undefined): number {
  const names = backbone.blocks.map((block) => block.name);
  if (name === undefined) return names.length;
  const index = names.indexOf(name);
  if (index >= 0) return index + 1;
  throw new HpoError(
    'ERR_USAGE',
    `expected a block of ${backbone.name} (${names.join(', ')}), got '${name}'${hint(name, names)}`,
  );
}

export class ActivationMapper {
  private constructor(
    private readonly program: Program,
    private readonly state: DeviceState,
    private readonly classes: number,
  ) {}

  /** @param block default: the last one. */
  static async compile(engine: Engine, network: ClassifierNetwork, block?: string): Promise<ActivationMapper> {
    const program = await engine.compile(activationGraph(network, blocksUpTo(network, block)));
    const classes = must(network.weights.get(HEAD_BIAS), 'the bias of the head').data.length;
    return new ActivationMapper(program, engine.createState(new Map()), classes);
  }

  /** @param pixels of one image, as from `readPixels`. */
  async map(pixels: Uint8Array, classIndex: number): Promise<ActivationMap> {
    const chosen = new Float32Array(this.classes);
    chosen[classIndex] = 1;
    const { map } = await this.program.run(this.state, { pixels, class: chosen });
    const [, rows = 0, columns = 0] = must(this.program.graph.outputs[0], 'an output').value.shape;
    return { rows, columns, values: must(map, 'a map') };
  }
}
