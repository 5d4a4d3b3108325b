// The layers in an HDF5 file of Keras: the legacy layout (Keras 1 to 3, `.h5`) and that of Keras 3 (`.weights.h5`).
import h5wasm, { Dataset, Group } from 'h5wasm/node';
import { HpoError, messageOf } from '../../study/errors.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { MAX_WEIGHTS, weightNameOf, type StoredLayer, type StoredWeight } from './stored-layer.js';

/**
 * Every layer with weights. The legacy layout has the attributes `layer_names` and, in each layer's group, `weight_names`; in a file of
 * a whole model they are inside the group `model_weights`. The library may never return from a damaged file: see keras-h5.ts.
 * @throws HpoError ERR_WEIGHTS where the file is damaged or something else.
 */
export async function layersOfHdf5(file: string): Promise<StoredLayer[]> {
  const library = await h5wasm.ready;
  // Otherwise the library prints its errors to stderr and continues with invalid handles.
  library.activate_throwing_error_handler();
  try {
    const root = new h5wasm.File(file, 'r');
    try {
      return readRoot(root, file);
    } finally {
      root.close();
    }
  } catch (thrown) {
    if (thrown instanceof HpoError) throw thrown;
    throw new HpoError('ERR_WEIGHTS', `expected a readable HDF5 file, got ${reasonOf(thrown)} at ${file}`, {
      cause: thrown,
    });
  }
}

function readRoot(root: Group, file: string): StoredLayer[] {
  const nested = root.keys().includes('model_weights') ? root.get('model_weights') : root;
  const group = nested instanceof Group ? nested : root;
  const layers = readLegacy(group, file) ?? readVariables(group, file);
  if (layers.length > 0) return layers;
  throw new HpoError('ERR_WEIGHTS', `expected the weights of a Keras model, got an HDF5 file without any at ${file}`);
}

function readLegacy(group: Group, file: string): StoredLayer[] | undefined {
  const names = strings(group, 'layer_names');
  return names
    ?.map((name) => {
      const layer = child(group, name, file);
      const paths = layer instanceof Group ? (strings(layer, 'weight_names') ?? []) : [];
      const weights = paths.map((path) => read(child(layer as Group, path, file), weightNameOf(path), file));
      return { name, weights };
    })
    .filter((layer) => layer.weights.length > 0);
}

/** Keras 3 keeps the variables of each layer as `…/vars/0`, `1`, … and the layer's name as an attribute of `vars`. */
function readVariables(group: Group, file: string): StoredLayer[] {
  const layers: StoredLayer[] = [];
  for (const key of group.keys()) {
    if (key === 'optimizer' || key === 'vars') continue;
    const entry = group.get(key);
    if (!(entry instanceof Group)) continue;
    const variables = entry.keys().includes('vars') ? entry.get('vars') : undefined;
    if (variables instanceof Group && variables.keys().length > 0) {
      const numbers = variables.keys().toSorted((a, b) => Number(a) - Number(b));
      const weights = numbers.map((number) => read(child(variables, number, file), number, file));
      layers.push({ name: nameOf(variables) ?? key, weights });
    }
    layers.push(...readVariables(entry, file));
  }
  return layers;
}

/** A list of strings; Keras spreads a long one over `name0`, `name1`, …, since HDF5 limits the size of an attribute. */
function strings(group: Group, name: string): string[] | undefined {
  const attributes = group.attrs;
  const keys = name in attributes ? [name] : Object.keys(attributes).filter((key) => key.startsWith(name));
  if (keys.length === 0) return undefined;
  const ordered = keys.toSorted((a, b) => Number(a.slice(name.length)) - Number(b.slice(name.length)));
  return ordered.flatMap((key) => Array.from(attributes[key]?.value as Iterable<string>, String));
}

function nameOf({ attrs }: Group): string | undefined {
  const name = attrs.name?.value;
  return typeof name === 'string' ? name : undefined;
}

function child(group: Group, path: string, file: string): unknown {
  const entry = group.get(path);
  if (entry !== null) return entry;
  throw new HpoError('ERR_WEIGHTS', `expected an entry ${path} in ${group.path}, got nothing at ${file}`);
}

function read(entry: unknown, name: string, file: string): StoredWeight {
  // A compressed dataset can claim any size; it is asked for before its numbers are.
  if (entry instanceof Dataset && !(sizeOf(entry.shape ?? []) <= MAX_WEIGHTS)) {
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected at most ${MAX_WEIGHTS} numbers, got [${String(entry.shape)}] in ${name} at ${file}`,
    );
  }
  const value = entry instanceof Dataset ? entry.value : undefined;
  if (entry instanceof Dataset && entry.shape !== null) {
    if (value instanceof Float32Array) return { name, shape: entry.shape, data: value };
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return { name, shape: entry.shape, data: Float32Array.from(value as ArrayLike<number>, Number) };
    }
    if (typeof value === 'number' || typeof value === 'bigint') {
      return { name, shape: entry.shape, data: Float32Array.of(Number(value)) };
    }
  }
  throw new HpoError('ERR_WEIGHTS', `expected numbers in ${name}, got something else at ${file}`);
}

function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  const truncated = /truncated file: eof = (\d+).*?stored_eof = (\d+)/.exec(message);
  if (truncated) return `a truncated one, ${truncated[1]} of ${truncated[2]} bytes`;
  if (message.includes('signature not found')) return 'another kind of file';
  // The library prints its calls from the outermost in; the innermost knows best.
  const innermost = [...message.matchAll(/ in \w+\(\): (.+)/g)].at(-1)?.[1];
  return `a damaged one (${innermost ?? message})`;
}
