// A safetensors copy of weights from a slower format, for the next thread, process or study that reads them.
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cacheFolder } from '../../system/cache-folder.js';
import type { Backbone } from '../backbone.js';
import { parameterSpecs } from '../parameters.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { weightsDigest } from './digest.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/** Increased whenever the same file would give other weights than before. */
const VERSION = '1';

/**
 * The weights in `source`: from the copy, as long as `source` is unchanged, otherwise from `read`. A damaged copy, or a folder that cannot be
 * written to, only costs time. Rejects as `read` does.
 */
export async function convertedWeights(
  backbone: Backbone,
  source: string,
  read: () => Promise<Map<string, HostTensor>>,
): Promise<Map<string, HostTensor>> {
  const stamp = await stampOf(source);
  if (stamp === undefined) return read();
  const file = fileFor(backbone, source);
  const copy = await readSafetensors(file).catch(() => undefined);
  if (copy?.metadata['stamp'] === stamp && copy.metadata['digest'] === weightsDigest(copy.tensors)) {
    const weights = fitted(backbone, copy.tensors);
    if (weights !== undefined) return weights;
  }
  const weights = await read();
  try {
    await mkdir(dirname(file), { recursive: true });
    // Not durable: its digest reveals a file that a power failure left incomplete.
    await writeSafetensors(file, weights, { stamp, digest: weightsDigest(weights) }, { durable: false });
  } catch {
    // The next reader reads the source again.
  }
  return weights;
}

/** The backbone's parameters, with their roles; undefined where these are of a backbone that has changed since. */
function fitted(backbone: Backbone, copy: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> | undefined {
  const specs = parameterSpecs(backbone);
  const fits = ({ name, shape }: (typeof specs)[number]): boolean => copy.get(name)?.shape.join() === shape.join();
  if (specs.length !== copy.size || !specs.every(fits)) return undefined;
  return new Map(specs.map(({ name, role }) => [name, { ...(copy.get(name) as HostTensor), role }]));
}

/** Changes whenever the file changes; undefined where there is none. */
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
