// The safetensors format (github.com/huggingface/safetensors, "Format"): a JSON header, then the raw numbers.
// Length of the header (8 bytes, little-endian), header { name: { dtype, shape, data_offsets }, __metadata__ }, data.
import { readFile } from 'node:fs/promises';
import { HpoError, messageOf } from '../../study/errors.js';
import { sizeOf, type HostTensor, type Role } from '../../graph/host-tensor.js';
import { unreadable } from './stored-layer.js';
import { type AtomicWriteOptions, writeAtomically } from '../../system/atomic-file.js';

export interface Safetensors {
  readonly tensors: Map<string, HostTensor>;
  /** Free strings; the writer's roles are taken out again. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Roles of the tensors that are not plain, as JSON: the format itself has no place for them. */
const ROLES_KEY = 'roles';
const ROLES: readonly string[] = ['image', 'kernel', 'depthwiseKernel'] satisfies Role[];

/** Writes the tensors as float32, at once and by default durably; names and shapes are kept, in the order of the map. */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options?: AtomicWriteOptions,
): Promise<void> {
  const roles = Object.fromEntries(
    [...tensors].filter(([, t]) => t.role !== 'plain').map(([name, t]) => [name, t.role]),
  );
  const header: Record<string, unknown> = { __metadata__: { ...metadata, [ROLES_KEY]: JSON.stringify(roles) } };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== sizeOf(shape)) {
      throw new HpoError('ERR_WEIGHTS', `expected ${sizeOf(shape)} numbers, got ${data.length} in ${name} for ${file}`);
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += data.byteLength)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  // Spaces up to a multiple of 8, so that the numbers are aligned.
  const start = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  start.writeBigUInt64LE(BigInt(start.length - 8));
  json.copy(start, 8);
  const bodies = Array.from(
    tensors.values(),
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  await writeAtomically(file, [start, ...bodies], options);
}

/** Reads a file of float32 tensors. Throws ERR_WEIGHTS, naming the file, where it is missing, cut off or malformed. */
export async function readSafetensors(file: string): Promise<Safetensors> {
  const fail = (expected: string, got: string, cause?: unknown): HpoError =>
    new HpoError('ERR_WEIGHTS', `expected ${expected}, got ${got} at ${file}`, { cause });
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const length = bytes.length < 8 ? 0 : Number(bytes.readBigUInt64LE());
  if (length < 2 || length > bytes.length - 8)
    throw fail('a safetensors header', `a file of ${bytes.length} bytes without one`);
  const { __metadata__: metadata, ...entries } = parseHeader(bytes.toString('utf8', 8, 8 + length), fail);
  const { [ROLES_KEY]: rolesText = '{}', ...rest } = (metadata ?? {}) as Record<string, string>;
  const roles = parseHeader(rolesText, fail);
  const body = bytes.subarray(8 + length);
  const tensors = new Map<string, HostTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (dtype !== 'F32') throw fail('dtype F32', `${JSON.stringify(dtype)} in ${name}`);
    if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
      throw fail('shape and data_offsets', `neither in ${name}`);
    const [from, to] = offsets as [number, number];
    if (to - from !== 4 * sizeOf(shape)) throw fail(`${4 * sizeOf(shape)} bytes`, `${to - from} in ${name}`);
    if (to > body.length) throw fail(`${to} bytes of data`, `${body.length}, a truncated file,`);
    const role = roles[name];
    const data = new Float32Array(sizeOf(shape));
    new Uint8Array(data.buffer).set(body.subarray(from, to));
    tensors.set(name, { shape, role: ROLES.includes(role as string) ? (role as Role) : 'plain', data });
  }
  return { tensors, metadata: rest };
}

function parseHeader(
  text: string,
  fail: (expected: string, got: string, cause?: unknown) => HpoError,
): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch (cause) {
    throw fail('a JSON header', messageOf(cause), cause);
  }
  throw fail('a JSON object as header', text.slice(0, 40));
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 0);
}
