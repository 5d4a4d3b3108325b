// The thread that reads an HDF5 file, so that it can be ended: the library never returns from some damaged files.
import { parentPort, workerData } from 'node:worker_threads';
import { HpoError, messageOf } from '../../study/errors.js';
import type { ErrorCode } from '../../study/errors.js';
import { layersOfHdf5 } from './hdf5-layers.js';
import type { StoredLayer } from './stored-layer.js';

export type Hdf5Answer =
  | { readonly type: 'begun' }
  | { readonly type: 'read'; readonly layers: StoredLayer[] }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string };

function say(answer: Hdf5Answer, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(answer, transfer);
}

say({ type: 'begun' });
try {
  const layers = await layersOfHdf5(String(workerData));
  const buffers = layers.flatMap(({ weights }) => weights.map(({ data }) => data.buffer));
  say({ type: 'read', layers }, [...new Set(buffers.filter((buffer) => buffer instanceof ArrayBuffer))]);
} catch (error) {
  say({ type: 'refused', code: error instanceof HpoError ? error.code : 'ERR_WEIGHTS', message: messageOf(error) });
}
