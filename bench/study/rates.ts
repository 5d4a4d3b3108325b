// How fast this machine computes what a study is made of, one thread: forward passes, training steps, evaluations.
import { backboneWeights } from '../../src/trainer/backbone-weights.js';
import { getBackbone } from '../../src/trainer/backbones/registry.js';
import type { Backbone } from '../../src/trainer/backbones/backbone.js';
import type { Engine, Program } from '../../src/trainer/engines/engine.js';
import { Prefix } from '../../src/trainer/features/prefix.js';
import { initialHead } from '../../src/trainer/finetune/head.js';
import { optimizerOf, slotName } from '../../src/trainer/finetune/optimizers.js';
import {
  type Tail,
  cutOf,
  featureShape,
  pooledChannels,
  tailSpecs,
  trainedParameters,
} from '../../src/trainer/finetune/tail.js';
import { evaluationGraph, rateName, trainingGraph } from '../../src/trainer/finetune/tail-graphs.js';
import { sizeOf, type HostTensor } from '../../src/trainer/graph/host-tensor.js';
import { TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import { RandomStream } from '../../src/math/random.js';

const ROUNDS = 3;
/** Milliseconds that a round should take at least. */
const ROUND = 150;
const EVALUATION_BATCH = 32;

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
      const seconds = await secondsOf(() => prefix.fromPixels(pixels, cutOf(this.tail(depth)), 'float32'));
      await prefix.dispose();
      return seconds;
    });
  }

  /** Seconds of one training step of Adam with L2. */
  step(depth: number, batchSize: number): Promise<number> {
    return this.once(`step ${depth} ${batchSize}`, async () => {
      const tail = this.tail(depth);
      const options = { optimizer: TRAINING_DEFAULTS, penalties: ['l2'] as const, clips: false };
      const program = await this.engine.compile(trainingGraph(tail, batchSize, options));
      const feeds: Record<string, Float32Array> = {
        features: this.features(tail, batchSize),
        labels: Float32Array.from({ length: batchSize * this.classes }, (_, i) => (i % this.classes === 0 ? 1 : 0)),
        weights: new Float32Array(batchSize).fill(1 / batchSize),
        mask: new Float32Array(batchSize * pooledChannels(tail)).fill(1),
        plainRate: Float32Array.of(1e-5),
        l2: Float32Array.of(1e-5),
      };
      for (const { below } of trainedParameters(tail)) feeds[rateName(below)] = Float32Array.of(1e-5);
      return this.time(program, tail, feeds);
    });
  }

  /** Seconds of one image in evaluation. */
  evaluation(depth: number): Promise<number> {
    return this.once(`evaluation ${depth}`, async () => {
      const tail = this.tail(depth);
      const program = await this.engine.compile(evaluationGraph(tail, EVALUATION_BATCH));
      const seconds = await this.time(program, tail, { features: this.features(tail, EVALUATION_BATCH) });
      return seconds / EVALUATION_BATCH;
    });
  }

  private async time(program: Program, tail: Tail, feeds: Readonly<Record<string, Float32Array>>): Promise<number> {
    const state = this.engine.createState(this.entries(tail));
    const seconds = await secondsOf(() => program.run(state, feeds));
    state.dispose();
    await program.dispose();
    return seconds;
  }

  private entries(tail: Tail): Map<string, HostTensor> {
    const entries = initialHead(pooledChannels(tail), this.classes);
    for (const { name } of tailSpecs(tail)) entries.set(name, this.weights.get(name) as HostTensor);
    const { slots } = optimizerOf(TRAINING_DEFAULTS);
    for (const { name, shape, role } of trainedParameters(tail)) {
      for (const slot of slots)
        entries.set(slotName(slot, name), { shape, role, data: new Float32Array(sizeOf(shape)) });
    }
    return entries;
  }

  private features(tail: Tail, images: number): Float32Array {
    return Float32Array.from({ length: images * sizeOf(featureShape(tail)) }, () => Math.max(0, this.random.normal()));
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
