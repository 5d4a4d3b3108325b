// A node with its inputs traced: what operators read of it.
import type { FileNode, FileTensor } from './file-model.js';
import { must } from '../system/must.js';
import { type Context, NoGradient, type Traced } from './traced.js';

export class NodeView {
  constructor(
    readonly node: FileNode,
    readonly inputs: readonly (Traced | undefined)[],
  ) {}

  /** The input at `index`, which the operator needs. */
  input(index: number): Traced {
    const found = this.inputs[index];
    if (found === undefined) throw new NoGradient(`input ${index} of ${this.node.opType} is missing`);
    return found;
  }

  optional(index: number): Traced | undefined {
    return this.inputs[index];
  }

  int(name: string, otherwise: number): number {
    const value = this.node.attributes.get(name)?.value;
    return typeof value === 'number' ? value : otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.int(name, otherwise);
  }

  text(name: string, otherwise: string): string {
    const value = this.node.attributes.get(name)?.value;
    return typeof value === 'string' ? value : otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = this.node.attributes.get(name);
    if (attribute === undefined || !Array.isArray(attribute.value)) return undefined;
    return attribute.value.map(Number);
  }

  has(name: string): boolean {
    return this.node.attributes.has(name);
  }

  tensor(name: string): FileTensor | undefined {
    const value = this.node.attributes.get(name)?.value;
    return typeof value === 'object' && 'bytes' in value ? value : undefined;
  }

  get outputCount(): number {
    return this.node.outputs.length;
  }
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= Math.max(rank, 1)) {
    throw new NoGradient(`axis ${axis} of an array of rank ${rank}`);
  }
  return normal;
}

export function rankOf(x: Traced): number {
  return x.shape.length;
}

export function lengthOf(x: Traced, axis: number): number {
  return must(x.shape[axis], 'an axis of the array');
}

/** An operator: from its inputs to its outputs. */
export type Operator = (context: Context, view: NodeView) => readonly Traced[];
