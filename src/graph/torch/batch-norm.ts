// Finds BatchNorm in training among the operations that it is composed of (backbones/forward.ts): PyTorch has it as one, with its gradient.
import { dim } from '../checks.js';
import type { GraphNode, Value } from '../graph.js';
import type { TypedNode } from '../operation.js';
import { isReduction } from '../operations/reduce.js';

export interface FoundBatchNorm {
  readonly x: Value;
  readonly gamma: Value | undefined;
  readonly beta: Value;
  readonly epsilon: Value;
  /** Of the batch, as the moving averages read them. */
  readonly mean: Value;
  readonly variance: Value;
  /** The node that gives the result. */
  readonly result: GraphNode;
  /** All nodes that it stands for. */
  readonly nodes: readonly GraphNode[];
}

/**
 * By result: γ · (x − μ) / √(σ² + ε) + β, with mean and variance of the batch.
 * @param forward the nodes that are differentiated: what lies between may have no other reader, and the statistics none among these.
 */
export function findBatchNorms(
  nodes: readonly GraphNode[],
  forward: ReadonlySet<GraphNode>,
): ReadonlyMap<GraphNode, FoundBatchNorm> {
  const makers = new Map(nodes.map((node) => [node.output.id, node]));
  const readers = new Map<number, GraphNode[]>();
  for (const node of nodes) {
    for (const { id } of new Set(node.inputs)) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  const found = new Map<GraphNode, FoundBatchNorm>();
  for (const result of forward) {
    const one = match(result, makers);
    if (one === undefined) continue;
    const own = new Set(one.nodes);
    const isInner = one.nodes.every((node) => {
      const all = readers.get(node.output.id) ?? [];
      const isStatistic = node.output === one.mean || node.output === one.variance;
      return node === result || all.every((reader) => own.has(reader) || (isStatistic && !forward.has(reader)));
    });
    if (isInner) found.set(result, one);
  }
  return found;
}

type Makers = ReadonlyMap<number, GraphNode>;

function match(result: GraphNode, makers: Makers): FoundBatchNorm | undefined {
  const made = (value: Value | undefined, op: string): GraphNode | undefined => {
    const node = value === undefined ? undefined : makers.get(value.id);
    return node?.op === op ? node : undefined;
  };
  if (result.op !== 'add') return undefined;
  const [scaledValue, beta] = result.inputs;
  const scaled = made(scaledValue, 'multiply');
  const [centredValue, scaleValue] = scaled?.inputs ?? [];
  const centred = made(centredValue, 'subtract');
  const scale = made(scaleValue, 'multiply');
  const inverse = made(scale?.inputs[1] ?? scaleValue, 'divide');
  const root = made(inverse?.inputs[1], 'sqrt');
  const shifted = made(root?.inputs[0], 'add');
  const [varianceValue, epsilon] = shifted?.inputs ?? [];
  const variance = overImages(made(varianceValue, 'reduceMean'));
  const square = made(variance?.inputs[0], 'multiply');
  const [x, meanValue] = centred?.inputs ?? [];
  const mean = overImages(made(meanValue, 'reduceMean'));
  if (scaled === undefined || centred === undefined || inverse === undefined || root === undefined) return undefined;
  if (shifted === undefined || variance === undefined || square === undefined || mean === undefined) return undefined;
  if (x === undefined || beta === undefined || epsilon === undefined) return undefined;
  const isVariance = square.inputs.every((input) => input === centred.output) && mean.inputs[0] === x;
  // PyTorch has no variance of a single number.
  const isSeveral = dim(x, 0) * dim(x, 1) * dim(x, 2) > 1;
  if (!isVariance || !isSeveral || beta.shape.length !== 1 || epsilon.shape.length !== 0) return undefined;
  const between = [mean, centred, square, variance, shifted, root, inverse, ...(scale === undefined ? [] : [scale])];
  const statistics = { mean: mean.output, variance: variance.output };
  return { x, gamma: scale?.inputs[0], beta, epsilon, ...statistics, result, nodes: [...between, scaled, result] };
}

/** A mean over batch, height and width. */
function overImages(node: GraphNode | undefined): TypedNode<object> | undefined {
  if (node === undefined || !isReduction(node)) return undefined;
  const { axes, keepDims } = node.attributes;
  return axes.join() === '0,1,2' && !keepDims && node.inputs[0].shape.length === 4 ? node : undefined;
}
