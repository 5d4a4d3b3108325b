// How fast this machine computes what a study is made of, one thread: forward passes, training steps, evaluations.
import { backboneWeights } from '../../src/backbones/backbone-weights.js';
import { getBackbone } from '../../src/backbones/registry.js';
import type { Backbone } from '../../src/backbones/backbone.js';
import type { Engine } from '../../src/engines/engine.js';
import { Prefix } from '../../src/features/prefix.js';
import { predictionBatch } from '../../src/trainer/finetune/predict.js';
import { type Tail, cutOf } from '../../src/trainer/finetune/tail.js';
import { evaluationGraph } from '../../src/trainer/finetune/tail-graphs.js';
import type { Graph } from '../../src/graph/graph.js';
import type { HostTensor } from '../../src/graph/host-tensor.js';
import { RandomStream } from '../../src/math/random.js';
import { type Step, stepOf } from '../support/tail-step.js';

const ROUNDS = 3;
/** Milliseconds that a round should take at least. */
const ROUND = 150;

export class Rates {
  private readonly known = new Map<string, Promise<number>>();
  private readonly random = RandomStream.of('rates');

  constructor(
    private readonly engine: Engine,
    private readonly backbone: Backbone,
    private readonly weights: ReadonlyMap<string, HostTensor>,
    private readonly inputSize: number,
    private readonly classes: number,
  ) {}

  static async of(engine: Engine, name: string, file: string, inputSize: number, classes: number): Promise<Rates> {
    const backbone = getBackbone(name);
    return new Rates(engine, backbone, await backboneWeights(backbone, file, 0), inputSize, classes);
  }

  /** Seconds of processor for one image from its pixels to where the trained part of this depth begins, in one program. */
  forward(depth: number): Promise<number> {
    return this.once(`forward ${depth}`, async () => {
      const prefix = new Prefix(this.engine, this.backbone, this.weights, this.inputSize, []);
      const pixels = new Uint8Array(this.inputSize ** 2 * 3).map(() => this.random.integer(256));
      const seconds = await secondsOf(() =>
        prefix.withArrays((arrays) => prefix.fromPixels(pixels, cutOf(this.tail(depth)), 'float32', arrays)),
      );
      await prefix.dispose();
      return seconds;
    });
  }

  /** Seconds of one training step of Adam with L2. */
  step(depth: number, batchSize: number): Promise<number> {
    return this.once(`step ${depth} ${batchSize}`, async () => {
      const { graph, state, feeds } = stepOf(this.tail(depth), this.weights, batchSize, this.random, {
        penalties: ['l2'],
      });
      return this.time(graph, state, feeds);
    });
  }

  /** Seconds of one image in evaluation, in batches as trials take them of so many. */
  evaluation(depth: number, images: number): Promise<number> {
    const tail = this.tail(depth);
    const batch = predictionBatch(tail, images);
    return this.once(`evaluation ${depth} ${batch}`, async () => {
      const { state, feeds } = stepOf(tail, this.weights, batch, this.random);
      const features = feeds['features'] as Float32Array;
      return (await this.time(evaluationGraph(tail, batch), state, { features })) / batch;
    });
  }

  private async time(graph: Graph, arrays: Step['state'], feeds: Step['feeds']): Promise<number> {
    const program = await this.engine.compile(graph);
    const state = this.engine.createState(arrays);
    const seconds = await secondsOf(() => program.run(state, feeds));
    state.dispose();
    await program.dispose();
    return seconds;
  }

  private tail(depth: number): Tail {
    return { backbone: this.backbone, inputSize: this.inputSize, depth, classes: this.classes };
  }

  private once(key: string, measure: () => Promise<number>): Promise<number> {
    const known = this.known.get(key) ?? measure();
    this.known.set(key, known);
    return known;
  }
}

/** Processor time of one call, the best of a few rounds: others on the machine then count as little as may be. */
async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  await run();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    const before = process.cpuUsage();
    let calls = 0;
    for (; calls === 0 || performance.now() - begun < ROUND; calls++) await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1e6 / calls);
  }
  return best;
}
