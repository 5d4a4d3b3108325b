// Weights that were read from a file of another format, kept for whoever reads them next: another thread, process or study.
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cacheFolder } from '../../system/cache-folder.js';
import type { Backbone } from '../backbone.js';
import { parameterSpecs } from '../parameters.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { weightsDigest } from './digest.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/** Raised whenever the same file would be read as other weights than before. */
const VERSION = '1';

/**
 * The weights in `source`: the kept ones, while that file is the one that they were read from, else those that `read` gives. What is
 * kept and damaged, or cannot be kept, makes no difference but to the time it takes. Rejects as `read` does.
 */
export async function keptWeights(
  backbone: Backbone,
  source: string,
  read: () => Promise<Map<string, HostTensor>>,
): Promise<Map<string, HostTensor>> {
  const stamp = await stampOf(source);
  if (stamp === undefined) return read();
  const file = fileFor(backbone, source);
  const kept = await readSafetensors(file).catch(() => undefined);
  if (kept?.metadata['stamp'] === stamp && kept.metadata['digest'] === weightsDigest(kept.tensors)) {
    const weights = fitted(backbone, kept.tensors);
    if (weights !== undefined) return weights;
  }
  const weights = await read();
  try {
    await mkdir(dirname(file), { recursive: true });
    // A file that a power failure tears is found out by its digest.
    await writeSafetensors(file, weights, { stamp, digest: weightsDigest(weights) }, { durable: false });
  } catch {
    // Then they are read as they were now.
  }
  return weights;
}

/** The backbone's parameters, with their roles; undefined where these are of a backbone that has changed since. */
function fitted(backbone: Backbone, kept: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> | undefined {
  const specs = parameterSpecs(backbone);
  const fits = ({ name, shape }: (typeof specs)[number]): boolean => kept.get(name)?.shape.join() === shape.join();
  if (specs.length !== kept.size || !specs.every(fits)) return undefined;
  return new Map(specs.map(({ name, role }) => [name, { ...(kept.get(name) as HostTensor), role }]));
}

/** What tells whether a file is still the same one; undefined where there is none. */
async function stampOf(source: string): Promise<string | undefined> {
  const found = await stat(source).catch(() => undefined);
  return found?.isFile() === true
    ? `${VERSION} ${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`
    : undefined;
}

function fileFor(backbone: Backbone, source: string): string {
  const path = createHash('sha256').update(resolve(source)).digest('hex').slice(0, 16);
  return join(cacheFolder(), 'weights', 'read', `${backbone.name}-${path}.safetensors`);
}
