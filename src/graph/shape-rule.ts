// What a graph under construction needs to know of an operation: its name, and what it makes of its inputs.
import type { Value } from './graph.js';
import type { Role } from './host-tensor.js';

/** Plain JSON, part of the graph. */
export type Attributes = Readonly<Record<string, unknown>>;

/** What a shape rule finds of the output. */
export interface Inferred {
  readonly shape: readonly number[];
  readonly role: Role;
}

/** An operation as far as GraphBuilder.add needs it; see Operation. */
export interface ShapeRule<A extends object, I extends readonly Value[]> {
  /** Names the operation in graphs and in messages. */
  readonly name: string;
  /** Throws ERR_GRAPH where the inputs do not fit together. */
  infer(inputs: I, attributes: A): Inferred;
}
