// Reads the weights of a tfjs layers model on disk (model.json and its shards).
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { groupByLayer, unreadable, type StoredLayer } from './stored-layer.js';

interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly { name: string; shape: readonly number[]; dtype: string; quantization?: unknown }[];
}

/**
 * Every layer with weights, from the path of model.json. Weights must be plain float32. Throws ERR_WEIGHTS, naming the file that is
 * missing, cut off or malformed.
 */
export async function readTfjsLayersModel(file: string): Promise<StoredLayer[]> {
  const manifest = parseManifest(await read(file, 'utf8'), file);
  const weights: [string, { shape: readonly number[]; data: Float32Array }][] = [];
  for (const group of manifest) {
    const shards = await Promise.all(group.paths.map((path) => read(join(dirname(file), path))));
    const bytes = Buffer.concat(shards);
    let offset = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      if (dtype !== 'float32' || quantization !== undefined) {
        throw new HpoError(
          'ERR_WEIGHTS',
          `expected float32 weights, got ${quantization ? 'quantized' : dtype} in ${name} at ${file}`,
        );
      }
      const data = new Float32Array(sizeOf(shape));
      if (offset + data.byteLength > bytes.length) {
        throw new HpoError(
          'ERR_WEIGHTS',
          `expected weights up to ${name}, got ${bytes.length} bytes in the shards of ${file}`,
        );
      }
      new Uint8Array(data.buffer).set(bytes.subarray(offset, (offset += data.byteLength)));
      weights.push([name, { shape, data }]);
    }
  }
  return groupByLayer(weights);
}

function parseManifest(text: string, file: string): readonly ManifestGroup[] {
  try {
    const { weightsManifest } = JSON.parse(text) as { weightsManifest?: ManifestGroup[] };
    if (Array.isArray(weightsManifest)) return weightsManifest;
  } catch (cause) {
    throw new HpoError('ERR_WEIGHTS', `expected JSON, got ${messageOf(cause)} at ${file}`, { cause });
  }
  throw new HpoError('ERR_WEIGHTS', `expected a tfjs layers model with weightsManifest, got none at ${file}`);
}

async function read(file: string): Promise<Buffer>;
async function read(file: string, encoding: 'utf8'): Promise<string>;
async function read(file: string, encoding?: 'utf8'): Promise<Buffer | string> {
  try {
    return await readFile(file, encoding);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
