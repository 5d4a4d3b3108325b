// Builds graphs: inputs, parameters, constants, operations, outputs, updates. Operations are functions over it (operations/).
import { graphError, describe, sameShape } from './checks.js';
import type {
  Graph,
  GraphConstant,
  GraphDerivatives,
  GraphInput,
  GraphNode,
  GraphOutput,
  GraphParameter,
  GraphUpdate,
  Layout,
  Value,
} from './graph.js';
import { sizeOf, type Role } from './host-tensor.js';
import type { Precision } from '../study/precision.js';
import type { Attributes, ShapeRule } from './shape-rule.js';

export interface InputOptions {
  /** Default: 'plain'. */
  readonly role?: Role;
  /** Default: 'float32'. */
  readonly type?: GraphInput['type'];
  /** How image inputs are fed; default: 'NHWC'. */
  readonly layout?: Layout;
}

/**
 * A graph under construction. Equal operations on equal inputs are made once, equal constants too, so callers need not
 * share by hand. Shapes are static and checked as operations are added; errors are ERR_GRAPH.
 */
export class GraphBuilder {
  private nextId = 0;
  private readonly inputs = new Map<string, GraphInput>();
  private readonly parameters = new Map<string, GraphParameter>();
  private readonly constants = new Map<string, GraphConstant>();
  private readonly nodesByKey = new Map<string, GraphNode>();
  private readonly nodesByOutput = new Map<number, GraphNode>();
  private readonly outputs = new Map<string, GraphOutput>();
  private readonly updates = new Map<string, GraphUpdate>();
  private readonly own = new Set<Value>();
  private readonly derivatives: GraphDerivatives[] = [];

  constructor(private readonly precision: Precision = 'float32') {}

  /** An array fed at each run. A scalar (a learning rate, say) has shape []. */
  input(name: string, shape: readonly number[], options: InputOptions = {}): Value {
    if (this.inputs.has(name)) throw graphError(`input ${name}`, 'a new input name', `"${name}" again`);
    const { role = 'plain', type = 'float32', layout = 'NHWC' } = options;
    const value = this.value(`input ${name}`, shape, role);
    this.inputs.set(name, { name, value, type, layout });
    return value;
  }

  /** An entry of the device state. Asking twice for the same name, shape and role gives the same value. */
  parameter(name: string, shape: readonly number[], role: Role = 'plain'): Value {
    const known = this.parameters.get(name)?.value;
    if (known !== undefined) {
      if (known.role === role && sameShape(known.shape, shape)) return known;
      throw graphError(`parameter ${name}`, describe(known), describe({ shape, role }));
    }
    const value = this.value(`parameter ${name}`, shape, role);
    this.parameters.set(name, { name, value });
    return value;
  }

  /** Data that is part of the graph, in canonical order; copied. Frozen weights as constants run faster than as parameters. */
  constant(data: Float32Array | readonly number[], shape: readonly number[], role: Role = 'plain'): Value {
    const tensor = { shape: [...shape], role, data: Float32Array.from(data) };
    if (tensor.data.length !== sizeOf(shape)) {
      throw graphError('constant', `${sizeOf(shape)} numbers for [${shape.join(', ')}]`, String(tensor.data.length));
    }
    const small = tensor.data.length <= 16;
    const bits = small ? new Uint32Array(tensor.data.buffer).join() : `#${this.nextId}`;
    const key = `${role}|${shape.join()}|${bits}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known.value;
    const value = this.value('constant', shape, role);
    this.constants.set(key, { value, tensor });
    return value;
  }

  /** A constant of rank 0. */
  scalar(number: number): Value {
    return this.constant([number], []);
  }

  /** Appends an operation, or finds the equal one that exists. Called by the functions in operations/. */
  add<A extends object, I extends readonly Value[]>(operation: ShapeRule<A, I>, inputs: I, attributes: A): Value {
    for (const input of inputs) {
      if (!this.own.has(input)) throw graphError(operation.name, 'inputs of this graph', describe(input));
    }
    const key = `${operation.name}|${inputs.map((input) => input.id).join()}|${JSON.stringify(attributes)}`;
    const known = this.nodesByKey.get(key);
    if (known !== undefined) return known.output;
    const { shape, role } = operation.infer(inputs, attributes);
    const output = this.value(operation.name, shape, role);
    const node = { op: operation.name, inputs: [...inputs], attributes: { ...attributes } as Attributes, output };
    this.nodesByKey.set(key, node);
    this.nodesByOutput.set(output.id, node);
    return output;
  }

  /** A named result of each run. */
  output(name: string, value: Value, options: { readonly layout?: Layout } = {}): void {
    this.expectOwn(`output ${name}`, value);
    if (this.outputs.has(name)) throw graphError(`output ${name}`, 'a new output name', `"${name}" again`);
    this.outputs.set(name, { name, value, layout: options.layout ?? 'NHWC' });
  }

  /** After each run the state's entry holds `value`; the parameter must exist, with that shape and role. */
  update(parameter: string, value: Value): void {
    this.expectOwn(`update of ${parameter}`, value);
    const known = this.parameters.get(parameter)?.value;
    if (known === undefined) throw graphError(`update of ${parameter}`, 'a parameter of this graph', `"${parameter}"`);
    if (known.role !== value.role || !sameShape(known.shape, value.shape)) {
      throw graphError(`update of ${parameter}`, describe(known), describe(value));
    }
    if (this.updates.has(parameter)) throw graphError(`update of ${parameter}`, 'one update', 'a second');
    this.updates.set(parameter, { parameter, value });
  }

  /** What `gradients` has appended. */
  differentiated(derivatives: GraphDerivatives): void {
    this.derivatives.push(derivatives);
  }

  /** The operation that makes a value; undefined for inputs, parameters and constants. */
  nodeOf(value: Value): GraphNode | undefined {
    return this.nodesByOutput.get(value.id);
  }

  /** The graph of what outputs and updates need. Inputs stay even where nothing reads them; parameters do not. */
  build(): Graph {
    const needed = new Set<number>();
    const pending = [...this.outputs.values(), ...this.updates.values()].map(({ value }) => value);
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      if (needed.has(value.id)) continue;
      needed.add(value.id);
      pending.push(...(this.nodesByOutput.get(value.id)?.inputs ?? []));
    }
    return {
      inputs: [...this.inputs.values()],
      parameters: [...this.parameters.values()].filter(
        ({ name, value }) => needed.has(value.id) || this.updates.has(name),
      ),
      constants: [...this.constants.values()].filter(({ value }) => needed.has(value.id)),
      nodes: [...this.nodesByOutput.values()].filter(({ output }) => needed.has(output.id)),
      outputs: [...this.outputs.values()],
      updates: [...this.updates.values()],
      precision: this.precision,
      derivatives: this.derivatives.filter(({ of, are }) => needed.has(of.id) && are.some(({ id }) => needed.has(id))),
    };
  }

  private value(place: string, shape: readonly number[], role: Role): Value {
    if (!shape.every((dimension) => Number.isInteger(dimension) && dimension > 0)) {
      throw graphError(place, 'positive integer dimensions', `[${shape.join(', ')}]`);
    }
    if (role !== 'plain' && shape.length !== 4)
      throw graphError(place, `rank 4 for role ${role}`, `[${shape.join(', ')}]`);
    const value: Value = { id: this.nextId++, shape: [...shape], role };
    this.own.add(value);
    return value;
  }

  private expectOwn(place: string, value: Value): void {
    if (!this.own.has(value)) throw graphError(place, 'a value of this graph', describe(value));
  }
}
