// A model file for one size of images: its features, its parts, its weights, and graphs of any range of them.
import type { GraphBuilder } from '../graph/builder.js';
import { GraphBuilder as Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { HostTensor } from '../graph/host-tensor.js';
import { HpoError } from '../study/errors.js';
import { must } from '../system/must.js';
import type { FileModel, FileNode, FileTensor } from './file-model.js';
import { type FeaturePlace, belowPool, findFeatures, imageValues } from './features.js';
import { nodesBelow } from './parts.js';
import { type Traced, type WeightForm, flow } from './traced.js';
import { type Obstacle, type Reference, Tracer } from './tracer.js';
import { hostTensorOf, trainedWeights, weightForms } from './weights-of.js';

export interface Trace {
  readonly batch: number;
  readonly values: ReadonlyMap<string, Traced>;
  readonly multiplyAccumulates: ReadonlyMap<FileNode, number>;
  readonly obstacles: ReadonlyMap<FileNode, Obstacle>;
}

export interface NetworkOptions {
  /** The array that is the features. Default: what enters the classifier. */
  readonly output?: string | undefined;
  /** model: as the file has it. Else the tokens or the map below are the features, and pooled by who reads them. */
  readonly pool?: 'model' | 'mean' | 'classToken' | undefined;
}

export interface NetworkRange {
  readonly from: string;
  readonly to: string;
  readonly side: number;
  readonly input: Value;
  readonly weight?: ((name: string, shape: readonly number[], form: WeightForm) => Value) | undefined;
}

export class FileNetwork {
  readonly place: FeaturePlace;
  readonly trained: ReadonlySet<string>;
  readonly forms: ReadonlyMap<string, WeightForm>;
  /** In the file's order of nodes, those that the features need. */
  readonly nodes: readonly FileNode[];
  private readonly traces = new Map<string, Trace>();
  private readonly references = new Map<string, Reference>();
  private readonly replaced = new Map<number, ReadonlyMap<string, FileTensor>>();

  constructor(
    readonly model: FileModel,
    { output, pool = 'model' }: NetworkOptions = {},
  ) {
    const place = findFeatures(model, output);
    this.place = pool === 'model' ? place : { ...place, features: belowPool(model, place.features) };
    this.trained = trainedWeights(model);
    this.forms = weightForms(model);
    this.nodes = nodesBelow(model, this.place.features);
    this.checkInference();
  }

  /** By the statistics of a batch an image's features would depend on its neighbours. Kernels may be standardised so. */
  private checkInference(): void {
    const values = imageValues(this.model);
    const isTraining = ({ opType, attributes, inputs }: FileNode): boolean =>
      opType === 'BatchNormalization' && attributes.get('training_mode')?.value === 1 && values.has(inputs[0] ?? '');
    const node = this.nodes.find(isTraining);
    if (node === undefined) return;
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected a model for inference, got BatchNormalization in training mode at node ${node.name} of ${this.model.place}: export it after model.eval()`,
    );
  }

  /** The side of the file's images in pixels; undefined where it takes any. */
  get side(): number | undefined {
    const { shape } = this.model.input;
    const [, a, b, c] = shape ?? [];
    return this.isChannelsLast ? (a ?? b) : (b ?? c);
  }

  /** Whether images are [B, H, W, 3], as those of TensorFlow. */
  get isChannelsLast(): boolean {
    const shape = this.model.input.shape ?? [];
    return shape[3] === 3 && shape[1] !== 3;
  }

  /** The shape of the image that enters. */
  imageShape(side: number, batch: number): readonly number[] {
    return this.isChannelsLast ? [batch, side, side, 3] : [batch, 3, side, side];
  }

  /** All shapes and known numbers for images of `side` pixels. Throws ERR_WEIGHTS where the file does not take them. */
  trace(side: number, batch = 1): Trace {
    const key = `${side} ${batch}`;
    const known = this.traces.get(key) ?? this.newTrace(side, batch);
    this.traces.set(key, known);
    return known;
  }

  private newTrace(side: number, batch: number): Trace {
    const fixed = this.side;
    try {
      const tracer = this.traced(side, batch, this.referenceFor(side, batch));
      this.replaced.set(side, tracer.replaced);
      const { values, multiplyAccumulates, obstacles } = tracer;
      return { batch, values, multiplyAccumulates, obstacles };
    } catch (cause) {
      if (!(cause instanceof HpoError) || fixed === undefined || fixed === side) throw cause;
      throw new HpoError('ERR_WEIGHTS', `expected images of ${fixed} pixels, got inputSize ${side}: ${cause.message}`, {
        cause,
      });
    }
  }

  /** What the file's own size and batch give, where it has one and this is another. */
  private referenceFor(side: number, batch: number): Reference | undefined {
    const fixed = this.side;
    const fixedBatch = this.model.input.shape?.[0];
    if ((fixed === undefined || fixed === side) && (fixedBatch === undefined || fixedBatch === batch)) return undefined;
    const key = `${fixed ?? side} ${fixedBatch ?? 1}`;
    const known = this.references.get(key);
    if (known !== undefined) return known;
    const tracer = this.traced(fixed ?? side, fixedBatch ?? 1, undefined);
    const shapes = new Map([...tracer.values].map(([name, { shape }]) => [name, shape]));
    const reference = { batch: fixedBatch ?? 1, shapes, targets: tracer.targets };
    this.references.set(key, reference);
    return reference;
  }

  private traced(side: number, batch: number, reference: Reference | undefined): Tracer {
    const g = new Builder();
    const { input } = this.model;
    const image = flow(g.input(input.name, this.imageShape(side, batch)));
    const { trained, forms } = this;
    const given = new Map<string, Traced>([[input.name, image]]);
    const tracer = new Tracer(g, this.model, { batch, trained, forms, reference, given });
    tracer.run(this.nodes);
    return tracer;
  }

  /** Arrays in place of the file's, for images of this size. */
  replacedWeights(side: number): ReadonlyMap<string, FileTensor> {
    this.trace(side);
    return this.replaced.get(side) ?? new Map<string, FileTensor>();
  }

  shapeOf(name: string, side: number): readonly number[] {
    return must(this.trace(side).values.get(name), `an array ${name}`).shape.slice(1);
  }

  /** Every weight that the features need, as the state holds it. */
  weights(side: number): Map<string, HostTensor> {
    const replaced = this.replacedWeights(side);
    const result = new Map<string, HostTensor>();
    for (const name of this.usedWeights(this.nodes)) {
      const tensor = must(replaced.get(name) ?? this.model.weights.get(name), 'a weight');
      result.set(name, hostTensorOf(tensor, this.forms.get(name) ?? 'plain'));
    }
    return result;
  }

  /** The nodes that an array is computed by, in order. */
  nodesBelow(name: string): readonly FileNode[] {
    return nodesBelow(this.model, name);
  }

  /** The names of the weights that nodes read, in order. */
  usedWeights(nodes: readonly FileNode[]): readonly string[] {
    const names = new Set<string>();
    for (const { inputs } of nodes) for (const name of inputs) if (this.trained.has(name)) names.add(name);
    return [...names];
  }

  /**
   * Adds the nodes between an array and another to a graph.
   * @param input the array `from`, [batch, …] in the file's order. Weights are parameters of the graph under their own names, unless `weight` gives them.
   */
  build(g: GraphBuilder, range: NetworkRange): Value {
    const { from, to, side, input, weight } = range;
    const batch = must(input.shape[0], 'a batch');
    const whole = this.trace(side, batch);
    const given = new Map<string, Traced>([...whole.values].filter(([, value]) => value.kind === 'known'));
    given.set(from, flow(input));
    const { trained, forms } = this;
    const replaced = this.replacedWeights(side);
    const reference = this.referenceFor(side, batch);
    const tracer = new Tracer(g, this.model, { batch, trained, forms, given, replaced, reference, weight });
    tracer.run(this.between(to, given));
    return tracer.plain(must(tracer.values.get(to), `an array ${to}`));
  }

  /** The nodes that `to` needs besides what is given. */
  private between(to: string, given: ReadonlyMap<string, unknown>): readonly FileNode[] {
    const below = new Set<FileNode>();
    const makers = new Map(this.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const pending = [to];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const node = given.has(name) ? undefined : makers.get(name);
      if (node === undefined || below.has(node)) continue;
      below.add(node);
      pending.push(...node.inputs);
    }
    return this.nodes.filter((node) => below.has(node));
  }
}
