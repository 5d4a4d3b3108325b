// Collects the ONNX operators and constants that a graph is lowered to. Equal operators on equal inputs are emitted once.
import type { GraphNode, Value } from '../graph.js';
import { must } from '../../system/must.js';
import type { Provider } from './provider.js';
import { isPointwise, laidOutShape, layoutOf, permute } from './layout.js';

type Shaped = Pick<Value, 'shape' | 'role'>;

/** A number is an INT, a list INTS. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

/** Of what is written as a file: also a graph, the body of a loop. */
export type WrittenAttribute = OnnxAttribute | { readonly graph: OnnxGraph };

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
}

export interface ModelPort {
  readonly name: string;
  /** A name stands for any number, the same wherever it stands. Missing where any shape will do. */
  readonly shape?: readonly (number | string)[];
  readonly type: keyof typeof ELEMENT_TYPE;
}

export interface OnnxNode {
  readonly opType: string;
  readonly domain: string;
  /** An empty name stands for an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, WrittenAttribute>>;
}

/** Of what the emitter makes: without graphs among its attributes. */
interface EmittedNode extends OnnxNode {
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  /** Uint16Array: the bits of float16 numbers. */
  readonly data: Float32Array | BigInt64Array | Uint16Array;
}

export const ELEMENT_TYPE = { float32: 1, uint8: 2, int64: 7, bool: 9, float16: 10 } as const;

export class OnnxEmitter {
  private readonly nodes: OnnxNode[] = [];
  private readonly producers = new Map<string, EmittedNode>();
  readonly constants: OnnxConstant[] = [];
  private readonly known = new Map<string, readonly string[]>();
  private readonly ports = new Map<string, string>();
  /** Ports with an operator of their own. */
  private readonly exposed = new Set<string>();
  /** By name, the same images in blocks of channels (blocked.ts). */
  readonly blocks = new Map<string, string>();
  private counter = 0;

  /**
   * `readers` lists the nodes of the source graph that read a value; `provider` will execute the model. `blockSize` is how many channels
   * its blocked layout keeps together (blocked.ts), 1 where it has none.
   */
  constructor(
    readonly readers: (value: Value) => readonly GraphNode[],
    readonly provider: Provider,
    readonly blockSize = 1,
    /** Of the names of everything that is made here: those of a loop's body must be none of those around it. */
    private readonly prefix = '',
  ) {}

  /** Appends an operator with one output, or finds the equal one; returns the output's name. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = '',
  ): string {
    return must(this.emitMany(opType, inputs, 1, attributes, domain)[0], 'an output');
  }

  /** The same for operators with several outputs. `domain` is empty for standard operators. */
  emitMany(
    opType: string,
    inputs: readonly string[],
    outputCount: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = '',
  ): readonly string[] {
    const key = `${domain}|${opType}|${JSON.stringify([inputs, attributes])}`;
    const known = this.known.get(key);
    if (known !== undefined && known.length >= outputCount) return known;
    const outputs = Array.from({ length: outputCount }, () => this.named(opType));
    const node = { opType, domain, inputs, outputs, attributes };
    this.nodes.push(node);
    for (const output of outputs) this.producers.set(output, node);
    this.known.set(key, outputs);
    return outputs;
  }

  /** A name that nothing else in the model has. */
  named(what: string): string {
    return `${this.prefix}${what}_${this.counter++}`;
  }

  /** Collects the body of a loop. */
  body(): OnnxEmitter {
    return new OnnxEmitter(this.readers, this.provider, this.blockSize, `${this.named('body')}/`);
  }

  /**
   * Runs a body on one item of every input after the other, and stacks what it makes: its value `result`.
   * @param inputs the body's own name for an item, and the stacked items.
   */
  scan(body: OnnxEmitter, inputs: readonly (readonly [item: string, stacked: string])[], result: string): string {
    const port = (name: string): ModelPort => ({ name, type: 'float32' });
    const output = this.named('Scan');
    body.expose(result, `${output}/item`);
    const graph: OnnxGraph = {
      nodes: body.finish(),
      constants: body.constants,
      inputs: inputs.map(([item]) => port(item)),
      outputs: [port(`${output}/item`)],
    };
    this.nodes.push({
      opType: 'Scan',
      domain: '',
      inputs: inputs.map(([, stacked]) => stacked),
      outputs: [output],
      attributes: { num_scan_inputs: inputs.length, body: { graph } },
    });
    return output;
  }

  /** The operator that makes a value; undefined for inputs and constants. */
  producerOf(name: string): EmittedNode | undefined {
    return this.producers.get(name);
  }

  /** Makes a value an output of the model: under the name of its port, which an operator of its own bears if need be. */
  expose(name: string, port: string): void {
    if (this.producers.has(name) && !this.ports.has(name)) this.ports.set(name, port);
    else {
      this.nodes.push({ opType: 'Identity', domain: '', inputs: [name], outputs: [port], attributes: {} });
      this.exposed.add(port);
    }
  }

  /** The operators that exposed values need, with these under the names of their ports. */
  finish(): OnnxNode[] {
    const named = (name: string): string => this.ports.get(name) ?? name;
    const needed = new Set([...this.ports.keys(), ...this.exposed]);
    const nodes = this.nodes.toReversed().filter(({ inputs, outputs }) => {
      const isNeeded = outputs.some((output) => needed.has(output));
      if (isNeeded) for (const input of inputs) needed.add(input);
      return isNeeded;
    });
    return nodes
      .reverse()
      .map((node) => ({ ...node, inputs: node.inputs.map(named), outputs: node.outputs.map(named) }));
  }

  /** A float32 constant, rank 0 unless a shape is given. */
  floats(data: Float32Array | readonly number[], shape: readonly number[] = []): string {
    return this.constant(Float32Array.from(data), shape);
  }

  /** An int64 list, as operators take shapes, axes and bounds. */
  ints(list: readonly number[]): string {
    return this.constant(BigInt64Array.from(list, BigInt), [list.length]);
  }

  reshape(input: string, shape: readonly number[]): string {
    return this.emit('Reshape', [input, this.ints(shape)]);
  }

  /** Dimension i of the result is dimension permutation[i] of the input; nothing where that is the identity. */
  transpose(input: string, permutation: readonly number[]): string {
    return permutation.every((from, to) => from === to)
      ? input
      : this.emit('Transpose', [input], { perm: permutation });
  }

  /** An operand under the layout of another of its role: they differ where one is a kernel of one pixel and one is not. */
  conform(name: string, from: Shaped, to: Shaped): string {
    if (from.role === to.role && isPointwise(from) === isPointwise(to)) return name;
    return this.reshape(name, permute(from.shape, layoutOf(to)));
  }

  /** What an operator made in the layout of its input, under the layout of the output. */
  settle(name: string, input: Shaped, output: Shaped): string {
    return isPointwise(input) === isPointwise(output) ? name : this.reshape(name, laidOutShape(output));
  }

  private constant(data: Float32Array | BigInt64Array, shape: readonly number[]): string {
    const bits = data.length <= 16 ? new Uint32Array(data.buffer).join() : `#${this.counter}`;
    const key = `constant|${data.constructor.name}|${shape.join()}|${bits}`;
    const known = this.known.get(key)?.[0];
    if (known !== undefined) return known;
    const name = this.named('constant');
    this.constants.push({ name, shape, data });
    this.known.set(key, [name]);
    return name;
  }
}
