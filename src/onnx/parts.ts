// The blocks of a model file: between arrays that alone carry what is below to what is above, named after the file's own scopes.
import { must } from '../system/must.js';
import { imageValues, makersOf } from './features.js';
import type { FileModel, FileNode } from './file-model.js';

export interface FilePart {
  readonly name: string;
  /** The array that leaves it: the next part sees nothing else of what is below. */
  readonly output: string;
  readonly nodes: readonly FileNode[];
}

/** The parts from the image to the features, in order. `isWork` says which nodes make a part worth its own. */
export function partsOf(model: FileModel, features: string, isWork: (node: FileNode) => boolean): readonly FilePart[] {
  return named(segmentsOf(model, features), model, isWork);
}

interface Segment {
  readonly output: string;
  readonly nodes: readonly FileNode[];
}

/** The nodes that an array is computed by, in order. */
export function nodesBelow(model: FileModel, name: string): readonly FileNode[] {
  const makers = makersOf(model);
  const needed = new Set<FileNode>();
  const pending = [name];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    const node = makers.get(one);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    pending.push(...node.inputs);
  }
  return model.nodes.filter((node) => needed.has(node));
}

/**
 * Cut wherever a single array is alive: computed, and still to be read. In an order in which every node follows what it reads, that is
 * just where all ways from the image to the features pass.
 */
function segmentsOf(model: FileModel, features: string): readonly Segment[] {
  const values = imageValues(model);
  const nodes = nodesBelow(model, features).filter((node) => node.outputs.some((name) => values.has(name)));
  const reads = new Map<string, number>([[features, 1]]);
  const readBy = (node: FileNode): string[] => [...new Set(node.inputs.filter((name) => values.has(name)))];
  // A shape that is read of the image makes no array alive.
  for (const node of nodes) for (const name of readBy(node)) reads.set(name, (reads.get(name) ?? 0) + 1);
  const alive = new Set<string>(reads.has(model.input.name) ? [model.input.name] : []);
  const segments: Segment[] = [];
  let current: FileNode[] = [];
  for (const node of nodes) {
    current.push(node);
    for (const name of readBy(node)) {
      const left = must(reads.get(name), 'a count of readers') - 1;
      reads.set(name, left);
      if (left === 0) alive.delete(name);
    }
    for (const name of node.outputs) if ((reads.get(name) ?? 0) > 0) alive.add(name);
    const [only] = alive;
    if (alive.size !== 1 || only === undefined || only === model.input.name) continue;
    segments.push({ output: only, nodes: current });
    current = [];
  }
  return segments;
}

/** Segments of one scope are one part, and those without work belong to the part before them. */
function named(
  segments: readonly Segment[],
  model: FileModel,
  isWork: (node: FileNode) => boolean,
): readonly FilePart[] {
  const weightScopes = new Map<string, string>();
  for (const name of model.weights.keys()) {
    const parts = name.split(/[./]/);
    if (parts.length > 1 && !name.startsWith('onnx::') && !/^(val|_)/.test(name))
      weightScopes.set(name, parts.slice(0, -1).join('.'));
  }
  const parts: { key: string; output: string; nodes: FileNode[]; hasWork: boolean }[] = [];
  for (const { output, nodes } of segments) {
    const scopes = nodes.flatMap((node) => scopesOf(node, weightScopes));
    const key = blockOf(scopes);
    const hasWork = nodes.some(isWork);
    const last = parts.at(-1);
    const joins = last !== undefined && (!hasWork || (key !== '' && key === last.key) || !last.hasWork);
    if (joins) {
      last.output = output;
      last.nodes.push(...nodes);
      if (last.key === '' || !last.hasWork) last.key = key === '' ? last.key : key;
      last.hasWork ||= hasWork;
    } else parts.push({ key, output, nodes: [...nodes], hasWork });
  }
  const used = new Map<string, number>();
  return parts.map(({ key, output, nodes }, i) => {
    const base = key === '' ? `part${i + 1}` : key;
    const times = (used.get(base) ?? 0) + 1;
    used.set(base, times);
    return { name: times === 1 ? base : `${base}#${times}`, output, nodes };
  });
}

function scopesOf(node: FileNode, weightScopes: ReadonlyMap<string, string>): string[] {
  const ofWeights = node.inputs.flatMap((name) => weightScopes.get(name) ?? []);
  if (ofWeights.length > 0) return ofWeights;
  return node.scope === undefined || node.scope === '' ? [] : [dotted(node.scope)];
}

/** `stages/stages.0/blocks/blocks.1/conv` as `stages.0.blocks.1.conv`: torch's paths repeat what is above. */
function dotted(scope: string): string {
  const path: string[] = [];
  for (const part of scope.split('/')) {
    const last = path.at(-1);
    if (last !== undefined && (part === last || part.startsWith(`${last}.`))) path[path.length - 1] = part;
    else path.push(part);
  }
  return path.join('.');
}

/** The longest common path of the scopes, up to its last number: `stages.3.blocks.2`. */
function blockOf(scopes: readonly string[]): string {
  const [first, ...others] = scopes.map((scope) => scope.split('.'));
  if (first === undefined) return '';
  let common = first;
  for (const path of others) {
    const length = common.findIndex((part, i) => part !== path[i]);
    if (length >= 0) common = common.slice(0, length);
  }
  const last = common.findLastIndex((part) => /\d$/.test(part));
  return (last >= 0 ? common.slice(0, last + 1) : common.slice(0, 1)).join('.');
}
