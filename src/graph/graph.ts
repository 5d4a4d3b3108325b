// A graph: a pure function from inputs and parameters to outputs and updated parameters, as data. GraphBuilder makes one.
import type { Precision } from '../study/precision.js';
import type { HostTensor, Role } from './host-tensor.js';

/** An array that flows through a graph; `shape` in canonical order (see Role). */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly role: Role;
}

/** How an image-role array lies in memory where it enters or leaves the graph. */
export type Layout = 'NHWC' | 'NCHW';

export interface GraphInput {
  readonly name: string;
  readonly value: Value;
  /** uint8 inputs (pixels) become float32 inside the graph. */
  readonly type: 'float32' | 'uint8';
  readonly layout: Layout;
}

/** An entry of the device state. */
export interface GraphParameter {
  readonly name: string;
  readonly value: Value;
}

export interface GraphConstant {
  readonly value: Value;
  readonly tensor: HostTensor;
}

/** One operation. `op` names an entry of the operation registry; attributes are plain JSON. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly output: Value;
}

export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
  readonly layout: Layout;
}

/** After a run the state's entry `parameter` holds `value`. */
export interface GraphUpdate {
  readonly parameter: string;
  readonly value: Value;
}

/** Values that are the derivatives of another: dL/d(by[i]) = are[i]. Nodes make them; an engine may make them in its own way. */
export interface GraphDerivatives {
  readonly of: Value;
  readonly by: readonly Value[];
  readonly are: readonly Value[];
}

export interface Graph {
  readonly inputs: readonly GraphInput[];
  readonly parameters: readonly GraphParameter[];
  readonly constants: readonly GraphConstant[];
  /** In an order in which every node follows what it reads; nodes that nothing needs are left out. */
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphOutput[];
  readonly updates: readonly GraphUpdate[];
  /** Of values that the graph computes in any case. */
  readonly derivatives: readonly GraphDerivatives[];
  /** Of products and convolutions. */
  readonly precision: Precision;
}
