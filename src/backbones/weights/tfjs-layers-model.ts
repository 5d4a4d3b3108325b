// Reads the weights of a tfjs layers model on disk (model.json and its shards), which somebody else may have made.
import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { z } from 'zod';
import { HpoError, messageOf } from '../../study/errors.js';
import { formatProblem, problemsOf } from '../../study/schema/problems.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { readRegularFile } from '../../system/regular-file.js';
import { widen } from './element-types.js';
import { MAX_WEIGHTS, groupByLayer, unreadable, type StoredLayer } from './stored-layer.js';

/** The topology of a large network takes about a megabyte. */
const MAX_MANIFEST_BYTES = 64e6;

const manifestSchema = z.object({
  userDefinedMetadata: z.object({ thresholds: z.unknown() }).partial().nullish().catch(undefined),
  weightsManifest: z
    .array(
      z.object({
        paths: z.array(z.string().min(1)).max(10_000),
        weights: z
          .array(
            z.object({
              name: z.string(),
              shape: z.array(z.int().min(0)).max(8),
              dtype: z.string(),
              quantization: z
                .object({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() })
                .optional(),
            }),
          )
          .max(100_000),
      }),
    )
    .max(10_000),
});

type Weight = Manifest[number]['weights'][number];
type Model = z.output<typeof manifestSchema>;
type Manifest = Model['weightsManifest'];

/**
 * Every layer with weights, from the path of model.json. Weights must be float32, which may be kept as
 * float16 or quantised to uint8 or uint16, in files of the same folder. Throws ERR_WEIGHTS,
 * naming the file that is missing, cut off or malformed.
 */
export async function readTfjsLayersModel(file: string): Promise<StoredLayer[]> {
  const fail = (expected: string, got: string): HpoError =>
    new HpoError('ERR_WEIGHTS', `expected ${expected}, got ${got} at ${file}`);
  const { weightsManifest: manifest } = await readManifest(file);
  const wanted = checkedSizes(manifest, fail);
  const weights: [string, { shape: readonly number[]; data: Float32Array }][] = [];
  for (const [i, group] of manifest.entries()) {
    const shards: Buffer[] = [];
    let room = wanted[i] ?? 0;
    for (const path of group.paths) {
      const shard = await readShard(file, path, room);
      shards.push(shard);
      room -= shard.length;
    }
    const bytes = Buffer.concat(shards);
    let offset = 0;
    for (const weight of group.weights) {
      const { name, shape } = weight;
      const length = bytesOfNumber(weight) * sizeOf(shape);
      if (offset + length > bytes.length) throw fail(`weights up to ${name}`, `${bytes.length} bytes in the shards`);
      const stored = bytes.subarray(offset, (offset += length));
      weights.push([name, { shape, data: numbersOf(stored, weight) }]);
    }
  }
  return groupByLayer(weights);
}

/** Bytes of a number, by how it is kept. */
const BYTES = new Map([
  ['float32', 4],
  ['float16', 2],
  ['uint8', 1],
  ['uint16', 2],
]);

const bytesOfNumber = ({ quantization }: Weight): number => BYTES.get(quantization?.dtype ?? 'float32') ?? 0;

/** Quantised numbers are q · scale + min (tfjs-core, io_utils.ts, decodeWeights). */
function numbersOf(stored: Uint8Array, { quantization }: Weight): Float32Array {
  if (quantization === undefined) return widen(stored, 'F32');
  const { dtype, scale = 1, min = 0 } = quantization;
  if (dtype === 'float16') return widen(stored, 'F16');
  // A copy, since shards begin anywhere.
  const whole = dtype === 'uint8' ? stored : new Uint16Array(new Uint8Array(stored).buffer);
  return Float32Array.from(whole, (q) => q * scale + min);
}

/** The bytes of each group, before anything is read: all together no more than any backbone has. */
function checkedSizes(manifest: Manifest, fail: (expected: string, got: string) => HpoError): number[] {
  let total = 0;
  return manifest.map((group) => {
    const sizes = group.weights.map((weight) => {
      const { name, shape, dtype, quantization } = weight;
      const isKept = quantization === undefined || BYTES.has(quantization.dtype);
      if (dtype !== 'float32' || !isKept) {
        throw fail(
          'float32 weights, or those kept as float16, uint8 or uint16',
          `${quantization?.dtype ?? dtype} in ${name}`,
        );
      }
      total += sizeOf(shape);
      if (!(total <= MAX_WEIGHTS)) throw fail(`at most ${MAX_WEIGHTS} numbers`, `more with ${name}`);
      return bytesOfNumber(weight) * sizeOf(shape);
    });
    return sizes.reduce((sum, size) => sum + size, 0);
  });
}

/** Whether its metadata have thresholds of labels, as hpo writes them. @throws HpoError ERR_WEIGHTS as `readTfjsLayersModel`. */
export async function hasThresholds(file: string): Promise<boolean> {
  return (await readManifest(file)).userDefinedMetadata?.thresholds !== undefined;
}

async function readManifest(file: string): Promise<Model> {
  const bytes = await readRegularFile(file, MAX_MANIFEST_BYTES).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new HpoError('ERR_WEIGHTS', `expected JSON, got ${messageOf(cause)} at ${file}`, { cause });
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = problemsOf(parsed.error.issues, value);
  const problem = first === undefined ? '' : `: ${formatProblem(first)}`;
  throw new HpoError('ERR_WEIGHTS', `expected a tfjs layers model with weightsManifest at ${file}${problem}`);
}

/** A file that the manifest names: a regular one, in the manifest's folder or below, also where links lead. */
async function readShard(file: string, path: string, maxBytes: number): Promise<Buffer> {
  const shard = join(dirname(file), path);
  try {
    const folder = await realpath(dirname(file));
    const real = await realpath(shard);
    if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return await readRegularFile(real, maxBytes);
  } catch (cause) {
    throw unreadable(shard, cause);
  }
  throw new HpoError('ERR_WEIGHTS', `expected weights in the folder of ${file}, got the path ${JSON.stringify(path)}`);
}
