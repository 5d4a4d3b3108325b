// Reverse-mode differentiation: appends to a graph the operations that compute the gradients of a scalar.
import type { GraphBuilder } from './builder.js';
import { describe, graphError } from './checks.js';
import type { GraphNode, Value } from './graph.js';
import { add } from './operations/arithmetic.js';
import { operationOf } from './operations/registry.js';
import { must } from '../system/must.js';

/**
 * dL/dv for each v of `wrt`, shaped and tagged as v; `loss` has shape []. A value that the loss does not depend on gets
 * zeros. Throws ERR_GRAPH where an operation between them has no gradient rule.
 */
export function gradients(g: GraphBuilder, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) throw graphError('gradients', 'a scalar loss of shape []', describe(loss));
  const path = nodesBetween(g, loss, wrt);
  const byValue = new Map<number, Value>([[loss.id, g.scalar(1)]]);
  for (const { node, dependent } of path.reverse()) {
    const outputGradient = byValue.get(node.output.id);
    if (outputGradient === undefined) continue;
    const operation = operationOf(node.op);
    if (operation.gradient === undefined) throw graphError(node.op, 'an operation with a gradient', 'one without');
    const inputGradients = operation.gradient(g, node, outputGradient);
    node.inputs.forEach((input, i) => {
      const gradient = inputGradients[i];
      if (!dependent[i] || gradient === undefined) return;
      const sum = byValue.get(input.id);
      byValue.set(input.id, sum === undefined ? gradient : add(g, sum, gradient));
    });
  }
  const by = wrt.filter((value) => byValue.has(value.id));
  g.differentiated({ of: loss, by, are: by.map(({ id }) => must(byValue.get(id), 'a gradient')) });
  return wrt.map((value) => byValue.get(value.id) ?? zeros(g, value));
}

/** The nodes on ways from `wrt` to `loss`, inputs before readers; `dependent` marks which inputs lie on such a way. */
function nodesBetween(
  g: GraphBuilder,
  loss: Value,
  wrt: readonly Value[],
): { node: GraphNode; dependent: boolean[] }[] {
  const depends = new Map<number, boolean>(wrt.map((value) => [value.id, true]));
  const path: { node: GraphNode; dependent: boolean[] }[] = [];
  // Depth first without recursion: networks are deeper than they are wide, and deep ones would exhaust the stack.
  const stack: { value: Value; entered: boolean }[] = [{ value: loss, entered: false }];
  const visited = new Set<number>();
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const node = g.nodeOf(top.value);
    if (node === undefined) continue;
    if (top.entered) {
      const dependent = node.inputs.map((input) => depends.get(input.id) ?? false);
      if (dependent.includes(true)) {
        depends.set(top.value.id, true);
        path.push({ node, dependent });
      }
    } else if (!visited.has(top.value.id)) {
      visited.add(top.value.id);
      stack.push({ value: top.value, entered: true });
      for (const input of node.inputs) stack.push({ value: input, entered: false });
    }
  }
  return path;
}

function zeros(g: GraphBuilder, value: Value): Value {
  return g.constant(
    new Float32Array(value.shape.reduce((size, dimension) => size * dimension, 1)),
    value.shape,
    value.role,
  );
}
