// The identity of weights, for cache keys.
import { createHash } from 'node:crypto';
import type { HostTensor } from '../../graph/host-tensor.js';
import type { Backbone } from '../backbone.js';

/** SHA-256 (hex) over names, shapes and numbers, whatever the order of the map and whatever file they came from. */
export function weightsDigest(tensors: ReadonlyMap<string, HostTensor>): string {
  const hash = createHash('sha256');
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, { shape, data }] of sorted) {
    hash.update(JSON.stringify([name, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** The same for a backbone with its weights: of a model file also what it computes with them. */
export function networkDigest({ file }: Backbone, tensors: ReadonlyMap<string, HostTensor>): string {
  const digest = weightsDigest(tensors);
  return file === undefined ? digest : createHash('sha256').update(digest).update(file.digest).digest('hex');
}
