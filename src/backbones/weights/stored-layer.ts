// What the readers of weight files have in common: layers in the file's order, each with its weights in the file's order.
import { HpoError, messageOf } from '../../study/errors.js';

/** Numbers in a file, at most: about twice as many as the largest backbone has. */
export const MAX_WEIGHTS = 2 ** 28;

export interface StoredWeight {
  /** Without layer and suffix: `kernel` for Keras's `conv1/kernel:0`. Files of other origin may name it otherwise. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface StoredLayer {
  readonly name: string;
  readonly weights: readonly StoredWeight[];
}

/** `conv1/kernel:0` → `kernel`. */
export function weightNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/:\d+$/, '');
}

/** Groups weights named `layer/weight` by layer, in the order of first appearance. */
export function groupByLayer(weights: Iterable<readonly [path: string, Omit<StoredWeight, 'name'>]>): StoredLayer[] {
  const layers = new Map<string, StoredWeight[]>();
  for (const [path, weight] of weights) {
    const layer = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const entries = layers.get(layer) ?? [];
    entries.push({ ...weight, name: weightNameOf(path) });
    layers.set(layer, entries);
  }
  return [...layers].map(([name, entries]) => ({ name, weights: entries }));
}

/** What a person is told who has weights as PyTorch saves them. */
export const NO_PICKLE =
  "a pickle is a program, and none is run. In Python, safetensors.torch.save_file(torch.load(path, weights_only=True), 'weights.safetensors') writes a file that can be read";

/** The error of a file that cannot be opened. */
export function unreadable(file: string, cause: unknown): HpoError {
  const isMissing = (cause as NodeJS.ErrnoException | null)?.code === 'ENOENT';
  const got = isMissing ? 'nothing' : messageOf(cause);
  return new HpoError('ERR_WEIGHTS', `expected a weights file, got ${got} at ${file}`, { cause });
}
