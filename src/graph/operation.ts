// The contract of an operation: its shape rule, its gradient rule and its two lowerings, all in one place.
import type { GraphBuilder } from './builder.js';
import type { GraphNode, Value } from './graph.js';
import type { Role } from './host-tensor.js';
import type { OnnxEmitter } from './onnx/emitter.js';
import type { TfjsLowering, TfjsTensor } from './tfjs/lowering.js';

/** Plain JSON, part of the graph. */
export type Attributes = Readonly<Record<string, unknown>>;

/** What a shape rule finds of the output. */
export interface Inferred {
  readonly shape: readonly number[];
  readonly role: Role;
}

/** A node whose attributes are known to be those of its operation. */
export interface TypedNode<A> extends GraphNode {
  readonly attributes: Readonly<Record<string, unknown>> & A;
}

export interface Operation<A extends object = object> {
  /** Names the operation in graphs and in messages. */
  readonly name: string;
  /** The shape rule; throws ERR_GRAPH where the inputs do not fit together. */
  infer(inputs: readonly Value[], attributes: A): Inferred;
  /**
   * The gradient rule, in terms of other operations: from dL/d(output) to dL/d(input) for each input, undefined where an
   * input has none. Absent where the operation cannot be differentiated.
   */
  gradient?(g: GraphBuilder, node: TypedNode<A>, outputGradient: Value): readonly (Value | undefined)[];
  /**
   * The operation on several lanes at once (lanes.ts): appends what gives [lanes, …] from inputs of which at least one has lanes.
   * Absent where the operation cannot have them.
   */
  lanes?(g: GraphBuilder, node: TypedNode<A>, inputs: readonly Value[], lanes: number): Value;
  /** tfjs-core, on arrays in canonical layout. Runs inside a tidy. */
  tfjs(lowering: TfjsLowering, inputs: readonly TfjsTensor[], node: TypedNode<A>): TfjsTensor;
  /** ONNX operators, on arrays laid out for ONNX (onnx/layout.ts); takes and returns tensor names. */
  onnx(emitter: OnnxEmitter, inputs: readonly string[], node: TypedNode<A>): string;
}
