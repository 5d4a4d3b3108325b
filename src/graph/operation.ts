// The contract of an operation: its shape rule, its gradient rule and its three lowerings, all in one place.
import type { GraphBuilder } from './builder.js';
import type { GraphNode, Value } from './graph.js';
import type { OnnxEmitter } from './onnx/emitter.js';
import type { ShapeRule } from './shape-rule.js';
import type { TfjsLowering, TfjsTensor } from './tfjs/lowering.js';
import type { TorchEmitter } from './torch/emitter.js';

/** The inputs of an operation, as many as it takes. */
export type Unary = readonly [Value];
export type Binary = readonly [Value, Value];

/** What stands for each of the inputs I in a lowering: an array, or the name of a tensor. */
export type Each<I extends readonly Value[], T> = { readonly [K in keyof I]: T };

/** A node whose attributes and inputs are known to be those of its operation. */
export interface TypedNode<A, I extends readonly Value[] = readonly Value[]> extends GraphNode {
  readonly inputs: I;
  readonly attributes: Readonly<Record<string, unknown>> & A;
}

export interface Operation<A extends object = object, I extends readonly Value[] = readonly Value[]> extends ShapeRule<
  A,
  I
> {
  /**
   * The gradient rule, in terms of other operations: from dL/d(output) to dL/d(input) for each input, undefined where an
   * input has none. Absent where the operation cannot be differentiated.
   */
  gradient?(g: GraphBuilder, node: TypedNode<A, I>, outputGradient: Value): readonly (Value | undefined)[];
  /**
   * The operation on several copies at once (vmap.ts): appends what gives [copies, …] from inputs of which at least one is [copies, …].
   * Absent where the operation cannot have them.
   */
  vmap?(g: GraphBuilder, node: TypedNode<A, I>, inputs: I, copies: number): Value;
  /** tfjs-core, on arrays in canonical layout. Runs inside a tidy. */
  tfjs(lowering: TfjsLowering, inputs: Each<I, TfjsTensor>, node: TypedNode<A, I>): TfjsTensor;
  /** ONNX operators, on arrays laid out for ONNX (onnx/layout.ts); takes and returns tensor names. */
  onnx(emitter: OnnxEmitter, inputs: Each<I, string>, node: TypedNode<A, I>): string;
  /**
   * PyTorch, on arrays of canonical shape; takes and returns expressions. What autograd makes of it must be what `gradient` says, also where
   * numbers are equal.
   */
  torch(emitter: TorchEmitter, inputs: Each<I, string>, node: TypedNode<A, I>): string;
}
