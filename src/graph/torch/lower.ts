// Lowers a graph to a PyTorch program: the text of a Python function that makes one run of it.
import { must } from '../../system/must.js';
import type { Graph, GraphDerivatives, GraphInput, GraphNode, Value } from '../graph.js';
import { operationOf } from '../operations/registry.js';
import { type TorchConstant, TorchEmitter, number, textOf } from './emitter.js';

export interface TorchProgram {
  /**
   * Defines `step(I, S, C, device)`: from lists of inputs as they are fed, of the state's entries in the order of the graph's parameters, and
   * of constants, to a tuple of outputs as they are to be delivered and one of the updated entries, which share no memory with the others.
   */
  readonly source: string;
  readonly constants: readonly TorchConstant[];
}

const INDENT = '    ';

/**
 * Where a graph holds the derivatives of one value, PyTorch's autograd makes them in place of the nodes that the graph has for them: it
 * has kernels that do in one pass what these do in several.
 */
export function lowerToTorch(graph: Graph): TorchProgram {
  const [derivatives, ...others] = graph.derivatives;
  const differentiated = others.length === 0 ? derivatives : undefined;
  const nodes = neededNodes(graph, differentiated);
  const emitter = new TorchEmitter((value) => nodes.filter(({ inputs }) => inputs.includes(value)));
  const names = new Map<number, string>();
  const nameOf = ({ id }: Value): string => must(names.get(id), 'a lowered value');
  for (const { value, tensor } of graph.constants) names.set(value.id, constantIn(emitter, value, tensor.data));
  graph.inputs.forEach((input, i) => names.set(input.value.id, inputIn(emitter, input, i)));
  graph.parameters.forEach(({ value }, i) => names.set(value.id, emitter.view(`S[${i}]`)));
  const lower = (node: GraphNode): void => {
    const inputs = node.inputs.map(nameOf);
    names.set(node.output.id, operationOf(node.op).torch(emitter, inputs, node));
  };
  const forward = ancestorsOf(nodes, differentiated);
  const leaves = new Set(differentiated?.by.map(({ id }) => id));
  const markLeaf = (value: Value): void => {
    if (leaves.has(value.id)) names.set(value.id, emitter.view(`leaf(${emitter.tensor(nameOf(value))})`));
  };
  for (const { value } of [...graph.constants, ...graph.inputs, ...graph.parameters]) markLeaf(value);
  for (const node of nodes) {
    if (!forward.has(node)) continue;
    lower(node);
    markLeaf(node.output);
  }
  const forwardLines = emitter.lines.length;
  if (differentiated !== undefined) takeGradients(emitter, differentiated, names);
  for (const node of nodes) if (!forward.has(node)) lower(node);
  const outputs = graph.outputs.map(({ value, layout }) => {
    const name = emitter.tensor(nameOf(value));
    return value.role === 'image' && layout === 'NCHW' ? emitter.nchw(name) : name;
  });
  const updates = graph.updates.map(({ value }) => {
    const name = emitter.tensor(nameOf(value));
    return emitter.isAlias(name) ? `${name}.detach().clone()` : `${name}.detach()`;
  });
  const result = `${tupleOf(outputs)}, ${tupleOf(updates)}`;
  const body = textOf(emitter.lines, {
    indentation: INDENT,
    result,
    ...contextOf(graph, differentiated === undefined ? emitter.lines.length : forwardLines),
  });
  return { source: `def step(I, S, C, device):\n${body.join('\n')}\n`, constants: emitter.constants };
}

/** What surrounds the first lines: those of a step that autograd differentiates, or of what is no step. */
function contextOf(
  { precision, derivatives }: Graph,
  lines: number,
): { context: readonly string[]; contextLines: number } {
  const context = [
    ...(derivatives.length === 1 ? ['torch.enable_grad()'] : []),
    ...(precision === 'float32' ? [] : [`torch.autocast(device.type, torch.${precision}, cache_enabled=False)`]),
  ];
  return { context, contextLines: context.length === 0 ? 0 : lines };
}

/** What outputs and updates need, where the gradients come from elsewhere; inputs before readers. */
function neededNodes({ nodes, outputs, updates }: Graph, derivatives: GraphDerivatives | undefined): GraphNode[] {
  const given = new Set(derivatives?.are.map(({ id }) => id));
  const needed = new Set([...outputs, ...updates].map(({ value }) => value.id));
  if (derivatives !== undefined) needed.add(derivatives.of.id);
  const found = [...nodes].reverse().filter(({ inputs, output }) => {
    if (!needed.has(output.id) || given.has(output.id)) return false;
    for (const { id } of inputs) needed.add(id);
    return true;
  });
  return found.reverse();
}

/** The nodes that the differentiated value follows from. */
function ancestorsOf(nodes: readonly GraphNode[], derivatives: GraphDerivatives | undefined): Set<GraphNode> {
  const needed = new Set(derivatives === undefined ? [] : [derivatives.of.id]);
  const found = new Set<GraphNode>();
  for (const node of [...nodes].reverse()) {
    if (!needed.has(node.output.id)) continue;
    found.add(node);
    for (const { id } of node.inputs) needed.add(id);
  }
  return found;
}

function takeGradients(emitter: TorchEmitter, { of, by, are }: GraphDerivatives, names: Map<number, string>): void {
  const [loss, ...leaves] = [of, ...by].map(({ id }) => must(names.get(id), 'a lowered value'));
  const call = `torch.autograd.grad(${loss}, ${tupleOf(leaves)})`;
  const gradients = are.length === 1 ? [emitter.emit(`${call}[0]`)] : emitter.emitMany(call, are.length);
  are.forEach(({ id }, i) => names.set(id, must(gradients[i], 'a gradient')));
}

/** A scalar is a number in the text; kernels and images come as they are used. */
function constantIn(emitter: TorchEmitter, { shape, role }: Value, data: Float32Array): string {
  return shape.length === 0 ? number(must(data[0], 'a scalar')) : emitter.constant(data, shape, role);
}

/** An image as [batch, height, width, channels], so laid out in memory that convolutions take it as it is. */
function inputIn(emitter: TorchEmitter, { value, layout, type }: GraphInput, i: number): string {
  const isTurned = value.role === 'image' && layout === 'NCHW';
  const numbers = type === 'uint8' ? `I[${i}].to(torch.float32)` : `I[${i}]`;
  return emitter.view(isTurned ? `${numbers}.permute(0, 2, 3, 1).contiguous()` : numbers);
}

function tupleOf(names: readonly string[]): string {
  return `(${names.map((name) => `${name},`).join(' ')})`;
}
