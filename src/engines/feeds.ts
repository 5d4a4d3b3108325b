// Checks what a run is given against what its graph asks for.
import { HpoError } from '../study/errors.js';
import { describe, sameShape } from '../graph/checks.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf, type HostTensor } from '../graph/host-tensor.js';

export type Feeds = Readonly<Record<string, Float32Array | Uint8Array>>;

/** Arrays that outputs are written to. */
export type Into = Readonly<Record<string, Float32Array>>;

/** Throws ERR_GRAPH unless `feeds` holds every input of the graph, in its type and size, and nothing else. */
export function checkFeeds(graph: Graph, feeds: Feeds): void {
  for (const { name, value, type } of graph.inputs) {
    const data = feeds[name];
    const expected = `${sizeOf(value.shape)} numbers as ${type === 'uint8' ? 'Uint8Array' : 'Float32Array'}`;
    if (data === undefined) throw new HpoError('ERR_GRAPH', `expected ${expected}, got nothing at feed ${name}`);
    const fits = type === 'uint8' ? data instanceof Uint8Array : data instanceof Float32Array;
    if (!fits || data.length !== sizeOf(value.shape)) {
      throw new HpoError(
        'ERR_GRAPH',
        `expected ${expected}, got ${data.length} as ${data.constructor.name} at feed ${name}`,
      );
    }
  }
  if (Object.keys(feeds).length > graph.inputs.length) {
    const known = graph.inputs.map(({ name }) => name);
    const unknown = Object.keys(feeds).filter((name) => !known.includes(name));
    throw new HpoError('ERR_GRAPH', `expected feeds ${known.join(', ')}, got also ${unknown.join(', ')} at run`);
  }
}

/** Throws ERR_GRAPH unless every array of `into` is for an output of the graph and of its size. */
export function checkInto({ outputs }: Graph, into: Into): void {
  for (const [name, { length }] of Object.entries(into)) {
    const output = outputs.find((one) => one.name === name);
    if (length === sizeOf(output?.value.shape ?? [NaN])) continue;
    const expected = output === undefined ? 'no such output' : `${sizeOf(output.value.shape)} numbers`;
    throw new HpoError('ERR_GRAPH', `expected ${expected}, got room for ${length} at output ${name}`);
  }
}

/** What was made, in the array that it was to be written to, if any. */
export function delivered(made: Float32Array, into: Float32Array | undefined): Float32Array {
  if (into === undefined || made === into) return made;
  into.set(made);
  return into;
}

/** Throws ERR_GRAPH unless an entry of the state fits the parameter that a graph reads it as. */
export function checkEntry(name: string, parameter: Shaped, entry: Shaped | undefined): void {
  if (entry !== undefined && entry.role === parameter.role && sameShape(entry.shape, parameter.shape)) return;
  const got = entry === undefined ? 'nothing' : describe(entry);
  throw new HpoError('ERR_GRAPH', `expected ${describe(parameter)}, got ${got} at entry ${name} of the state`);
}

/** Throws ERR_GRAPH unless a tensor holds what its shape says and fits the entry that it replaces, if any. */
export function checkWrite(name: string, tensor: HostTensor, entry: Shaped | undefined): void {
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw new HpoError(
      'ERR_GRAPH',
      `expected ${sizeOf(tensor.shape)} numbers, got ${tensor.data.length} at entry ${name}`,
    );
  }
  if (entry !== undefined) checkEntry(name, entry, tensor);
}

type Shaped = Pick<HostTensor, 'shape' | 'role'>;
