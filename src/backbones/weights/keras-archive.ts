// Reads the weights in a .keras archive of Keras 3: a zip with config.json and model.weights.h5. The model's code is not run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';
import { readRegularFile } from '../../system/regular-file.js';
import { readKerasH5 } from './keras-h5.js';
import { type StoredLayer, unreadable } from './stored-layer.js';

const WEIGHTS = 'model.weights.h5';
/** What Node holds in one piece; a model with an optimizer's state has three numbers of each weight. */
const MAX_BYTES = 2 ** 31 - 1;
/** Deflate makes nothing smaller than a 1032nd; what claims more is no archive of weights. */
const MAX_RATIO = 1100;

/**
 * Every layer with weights, under the layers' names.
 * @throws HpoError ERR_WEIGHTS where the file is missing, damaged, too large or something else.
 */
export async function readKerasArchive(file: string): Promise<StoredLayer[]> {
  const bytes = await readRegularFile(file, MAX_BYTES).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const weights = await unpacked(bytes, file);
  // The HDF5 library reads files of the file system.
  const folder = await mkdtemp(join(tmpdir(), 'hpo-keras-'));
  try {
    const inner = join(folder, WEIGHTS);
    await writeFile(inner, weights);
    return await readKerasH5(inner);
  } catch (cause) {
    if (!(cause instanceof HpoError)) throw cause;
    throw new HpoError('ERR_WEIGHTS', cause.message.replaceAll(folder, file), { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function unpacked(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const { unzipSync } = await import('fflate');
  let tooLarge: number | undefined;
  let found: Uint8Array | undefined;
  try {
    found = unzipSync(bytes, {
      filter({ name, size, originalSize }) {
        if (name !== WEIGHTS) return false;
        if (originalSize > MAX_BYTES || originalSize > MAX_RATIO * (size + 1)) tooLarge = originalSize;
        return tooLarge === undefined;
      },
    })[WEIGHTS];
  } catch (cause) {
    const got = `one that cannot be unpacked (${messageOf(cause)})`;
    throw new HpoError('ERR_WEIGHTS', `expected a .keras archive, got ${got} at ${file}`, { cause });
  }
  if (tooLarge !== undefined) {
    throw new HpoError('ERR_WEIGHTS', `expected ${WEIGHTS} of at most ${MAX_BYTES} bytes, got ${tooLarge} at ${file}`);
  }
  if (found !== undefined) return found;
  throw new HpoError('ERR_WEIGHTS', `expected ${WEIGHTS} in the archive, got none at ${file}`);
}
