// Walks through a model's nodes and builds the graph of what they compute, with every shape and every known number on the way.
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { transpose } from '../graph/operations/transpose.js';
import { HpoError, messageOf } from '../study/errors.js';
import type { FileModel, FileNode, FileTensor } from './file-model.js';
import { type KnownArray, formatShape, isShape, sizeOfShape } from './known.js';
import { NodeView } from './node-view.js';
import { opaqueShapes } from './opaque.js';
import { operatorOf } from './operators/registry.js';
import { resampled } from './positions.js';
import { transferred } from './reshape-transfer.js';
import { floatsOf, isFloat, numbersOf } from './tensors.js';
import { type Context, NoGradient, type Traced, type WeightForm, flow } from './traced.js';
import { heldShape } from './weights-of.js';

/** Numbers of one array of the network: more is no network that trains here. */
const MOST_NUMBERS = 2 ** 31;

/** Numbers that all nodes together compute from constants, with those that they read for it: at most 1 GiB. */
const MOST_FOLDED = 2 ** 27;

/** What a file's own size gave: shapes, and the targets of its reshapes. */
export interface Reference {
  readonly batch: number;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly targets: ReadonlyMap<string, readonly number[]>;
}

export interface TraceOptions {
  readonly batch: number;
  readonly trained: ReadonlySet<string>;
  readonly forms: ReadonlyMap<string, WeightForm>;
  readonly reference?: Reference | undefined;
  /** Values that are known from elsewhere, among them what enters. */
  readonly given: ReadonlyMap<string, Traced>;
  /** The value of a weight, by its name, shape and role. Default: a parameter of the graph. */
  readonly weight?: ((name: string, shape: readonly number[], form: WeightForm) => Value) | undefined;
  /** Arrays in place of the file's. */
  readonly replaced?: ReadonlyMap<string, FileTensor>;
}

/** Why a node has no gradient. */
export interface Obstacle {
  readonly node: FileNode;
  readonly reason: string;
}

export class Tracer implements Context {
  readonly values: Map<string, Traced>;
  readonly multiplyAccumulates = new Map<FileNode, number>();
  readonly obstacles = new Map<FileNode, Obstacle>();
  /** Tables of positions that were interpolated for another size. */
  readonly replaced: Map<string, FileTensor>;
  readonly targets = new Map<string, readonly number[]>();
  private counted = 0;
  private folded = 0;
  private current: FileNode | undefined;
  private readonly constants = new Map<Traced, Value>();

  constructor(
    readonly g: GraphBuilder,
    private readonly model: FileModel,
    private readonly options: TraceOptions,
  ) {
    this.values = new Map(options.given);
    this.replaced = new Map(options.replaced);
  }

  get opset(): number {
    return this.model.opset;
  }

  /** Traces nodes in order. Throws ERR_WEIGHTS that names the node which does not fit. */
  run(nodes: readonly FileNode[]): void {
    for (const node of nodes) {
      if (node.outputs.every((name) => name === '' || this.values.has(name))) continue;
      this.current = node;
      this.counted = 0;
      const view = new NodeView(
        node,
        node.inputs.map((name) => (name === '' ? undefined : this.find(name))),
      );
      const outputs = this.outputsOf(view);
      this.countFolded(view, outputs);
      node.outputs.forEach((name, i) => {
        const traced = outputs[i];
        if (name === '' || traced === undefined) return;
        if (!isShape(traced.shape) || sizeOfShape(traced.shape) > MOST_NUMBERS) {
          throw this.problem(`expected arrays of at most ${MOST_NUMBERS} numbers, got ${formatShape(traced.shape)}`);
        }
        this.values.set(name, traced);
      });
      if (this.counted > 0) this.multiplyAccumulates.set(node, this.counted);
    }
  }

  /** Each array is bounded, but a file may ask for any number of them. */
  private countFolded({ node, inputs }: NodeView, outputs: readonly Traced[]): void {
    const size = (list: readonly (Traced | undefined)[]): number =>
      list.reduce((sum, one) => sum + (one?.kind === 'known' ? one.array.data.length : 0), 0);
    const made = node.opType === 'Constant' ? 0 : size(outputs);
    this.folded += made === 0 ? 0 : made + size(inputs);
    if (this.folded > MOST_FOLDED) {
      throw this.problem(`expected at most ${MOST_FOLDED} numbers to be computed from constants, got more`);
    }
  }

  private find(name: string): Traced {
    const found = this.values.get(name);
    if (found !== undefined) return found;
    const tensor = this.replaced.get(name) ?? this.model.weights.get(name);
    if (tensor === undefined) throw this.problem(`expected a value named ${name}, got none`);
    const traced: Traced = { kind: 'file', shape: tensor.shape, name, tensor };
    this.values.set(name, traced);
    return traced;
  }

  private outputsOf(view: NodeView): readonly Traced[] {
    const { node } = view;
    try {
      const operator = operatorOf(node.domain, node.opType);
      if (operator === undefined) throw new NoGradient('no gradient of this operator');
      return operator(this, this.fitted(view));
    } catch (error) {
      if (!(error instanceof NoGradient)) throw this.problem(messageOf(error), error);
      return this.opaque(view, error.message);
    }
  }

  /** With a table of positions interpolated, where it is added to more or fewer positions than it has. */
  private fitted(view: NodeView): NodeView {
    if (view.node.opType !== 'Add' || this.options.reference === undefined) return view;
    const [a, b] = [view.input(0), view.input(1)];
    const table = [a, b].find((x) => x.kind === 'file');
    const other = table === a ? b : a;
    if (table?.kind !== 'file' || other.kind === 'file') return view;
    const tensor = resampled(table.tensor, other.shape);
    if (tensor === undefined) return view;
    this.replaced.set(table.name, tensor);
    const fit: Traced = { ...table, shape: tensor.shape, tensor };
    this.values.set(table.name, fit);
    return new NodeView(view.node, table === a ? [fit, b] : [a, fit]);
  }

  /** Stands for what a node makes that cannot be differentiated: an input of the graph of that shape. */
  private opaque(view: NodeView, reason: string): readonly Traced[] {
    const { node } = view;
    const shapes = this.opaqueShapesOf(view);
    if (shapes === undefined) throw this.problem(`${reason}; nor is the shape known of what it makes`);
    this.obstacles.set(node, { node, reason });
    return shapes.map((shape, i) => flow(this.g.input(`opaque ${node.outputs[i] ?? ''}`, shape)));
  }

  private opaqueShapesOf(view: NodeView): readonly (readonly number[])[] | undefined {
    try {
      return opaqueShapes(view);
    } catch (error) {
      throw this.problem(messageOf(error), error);
    }
  }

  private problem(message: string, cause?: unknown): HpoError {
    const { current } = this;
    const at = current === undefined ? '' : ` at node ${current.name} (${current.opType})`;
    return new HpoError('ERR_WEIGHTS', `${message}${at} of ${this.model.place}`, { cause });
  }

  plain(x: Traced): Value {
    if (x.kind === 'flow') return x.form === 'plain' ? x.value : transpose(this.g, x.value, [0, 3, 1, 2]);
    if (x.kind === 'file' && this.options.trained.has(x.name)) {
      const form = this.options.forms.get(x.name) ?? 'plain';
      const value = this.parameter(x.name, x.shape, form);
      if (form === 'plain') return value;
      return transpose(this.g, value, form === 'kernel' ? [3, 2, 0, 1] : [2, 3, 0, 1]);
    }
    const known = this.constants.get(x);
    if (known !== undefined) return known;
    const data = x.kind === 'file' ? floatsOf(x.tensor) : Float32Array.from(x.array.data);
    const value = this.g.constant(data, x.shape);
    this.constants.set(x, value);
    return value;
  }

  image(x: Traced): Value {
    if (x.kind === 'flow' && x.form === 'image') return x.value;
    if (x.shape.length !== 4) throw new NoGradient(`an array of rank ${x.shape.length} in place of images`);
    return transpose(this.g, this.plain(x), [0, 2, 3, 1], 'image');
  }

  kernel(x: Traced, form: 'kernel' | 'depthwiseKernel'): Value {
    if (x.kind === 'file' && this.options.trained.has(x.name) && this.options.forms.get(x.name) === form) {
      return this.parameter(x.name, x.shape, form);
    }
    return transpose(this.g, this.plain(x), form === 'kernel' ? [2, 3, 1, 0] : [2, 3, 0, 1], form);
  }

  private parameter(name: string, shape: readonly number[], form: WeightForm): Value {
    const held = heldShape(shape, form);
    return this.options.weight?.(name, held, form) ?? this.g.parameter(name, held, form);
  }

  isKnown(x: Traced): boolean {
    return x.kind === 'known' || (x.kind === 'file' && !this.options.trained.has(x.name));
  }

  known(x: Traced, what: string): KnownArray {
    if (x.kind === 'known') return x.array;
    if (x.kind === 'flow') throw new NoGradient(`${what} depends on the image`);
    return { shape: x.shape, data: numbersOf(x.tensor), integer: !isFloat(x.tensor.type) };
  }

  count(multiplyAccumulates: number): void {
    this.counted += multiplyAccumulates;
  }

  target(node: string, x: Traced, target: readonly number[]): readonly number[] {
    const { reference, batch } = this.options;
    this.targets.set(node, target);
    const before = reference?.targets.get(node);
    const source = this.current?.inputs[0];
    const from = source === undefined ? undefined : reference?.shapes.get(source);
    const isLiteral = before !== undefined && before.join() === target.join();
    if (reference !== undefined && from !== undefined && isLiteral && from.join() !== x.shape.join()) {
      const meant = transferred(from, resolved(from, target), x.shape, batch / reference.batch);
      if (meant !== undefined) return meant;
    }
    return resolved(x.shape, target);
  }
}

/** A target whose −1 is replaced by what is left over. */
function resolved(shape: readonly number[], target: readonly number[]): readonly number[] {
  const total = sizeOfShape(shape);
  const known = sizeOfShape(target.filter((d) => d !== -1));
  const whole = target.map((d) => (d === -1 ? total / Math.max(known, 1) : d));
  if (sizeOfShape(whole) === total && whole.every((d) => Number.isInteger(d) && d >= 0)) return whole;
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected ${total} numbers [${shape.join(', ')}] for the shape [${target.join(', ')}]`,
  );
}
