// The safetensors format (github.com/huggingface/safetensors, "Format"): a JSON header, then the raw numbers.
// Length of the header (8 bytes, little-endian), header { name: { dtype, shape, data_offsets }, __metadata__ }, data.
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { HpoError, messageOf } from '../../study/errors.js';
import { sizeOf, type HostTensor, type Role } from '../../graph/host-tensor.js';
import { BYTES_OF, type ElementType, isElementType, widen } from './element-types.js';
import { unreadable } from './stored-layer.js';
import { type AtomicWriteOptions, writeAtomically } from '../../system/atomic-file.js';
import { crc32Hex } from '../../system/crc32.js';
import { openRegularFile, readRange } from '../../system/regular-file.js';

export interface Safetensors {
  readonly tensors: Map<string, HostTensor>;
  /** Free strings; the writer's roles and checksum are taken out again. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the file has a checksum, and has the bytes that it was written with. */
  readonly isChecked: boolean;
}

/** Roles of the tensors that are not plain, as JSON: the format itself has no place for them. */
const ROLES_KEY = 'roles';
const ROLES: readonly string[] = ['image', 'kernel', 'depthwiseKernel'] satisfies Role[];

/** The checksum of all bytes, these digits taken as zeros. It comes first in the file, so that its place is known. */
const CHECKSUM_KEY = 'checksum';
const NO_CHECKSUM = '00000000';
const BEGINNING = Buffer.from(`{"__metadata__":{"${CHECKSUM_KEY}":"`);

/** What Node reads in one piece. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
/** As float32 no more than such a file has. */
const MAX_NUMBERS = MAX_FILE_BYTES / 4;
/** As the format's own library has it. */
const MAX_HEADER_BYTES = 100_000_000;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)).max(8),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

/** Bytes of the integers that the format has. */
const INTEGERS = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['U16', 2],
  ['I16', 2],
  ['U32', 4],
  ['I32', 4],
  ['U64', 8],
  ['I64', 8],
]);

/** What a dtype is here, and its bytes. */
function typeOf(dtype: string): readonly [ElementType | 'integer' | undefined, number] {
  const integer = INTEGERS.get(dtype);
  if (integer !== undefined) return ['integer', integer];
  return isElementType(dtype) ? [dtype, BYTES_OF[dtype]] : [undefined, 0];
}

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
  const header: string[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== sizeOf(shape)) {
      throw new HpoError('ERR_WEIGHTS', `expected ${sizeOf(shape)} numbers, got ${data.length} in ${name} for ${file}`);
    }
    const entry = { dtype: 'F32', shape, data_offsets: [offset, (offset += data.byteLength)] };
    header.push(`,${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const texts = JSON.stringify({ ...metadata, [ROLES_KEY]: JSON.stringify(roles) });
  const json = Buffer.from(`${BEGINNING.toString()}${NO_CHECKSUM}",${texts.slice(1)}${header.join('')}}`);
  // Spaces up to a multiple of 8, so that the numbers are aligned.
  const start = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  start.writeBigUInt64LE(BigInt(start.length - 8));
  json.copy(start, 8);
  const bodies = Array.from(
    tensors.values(),
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  start.write(crc32Hex(start, ...bodies), 8 + BEGINNING.length, 'latin1');
  await writeAtomically(file, [start, ...bodies], options);
}

/**
 * Reads a file's tensors as float32: those in float16 and bfloat16 are widened, those of integers, which are counters and indices, are
 * passed over. Nothing is allocated before the header is known to describe the file.
 * @throws HpoError ERR_WEIGHTS, naming the file, where it is missing, cut off, malformed, or has another checksum than its own.
 */
export async function readSafetensors(file: string): Promise<Safetensors> {
  const { handle, size } = await openRegularFile(file, MAX_FILE_BYTES).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  try {
    return await readOpen(handle, size, file);
  } finally {
    await handle.close();
  }
}

type Fail = (expected: string, got: string, cause?: unknown) => HpoError;

async function readOpen(handle: FileHandle, size: number, file: string): Promise<Safetensors> {
  const fail: Fail = (expected, got, cause) =>
    new HpoError('ERR_WEIGHTS', `expected ${expected}, got ${got} at ${file}`, { cause });
  const prefix = await readRange(handle, 0, 8);
  const length = prefix.length < 8 ? 0 : Number(prefix.readBigUInt64LE());
  if (length < 2 || length > size - 8) throw fail('a safetensors header', `a file of ${size} bytes without one`);
  if (length > MAX_HEADER_BYTES) throw fail(`a header of at most ${MAX_HEADER_BYTES} bytes`, `one of ${length}`);
  const header = await readRange(handle, 8, length);
  const { __metadata__: metadata, ...entries } = parseHeader(header.toString('utf8'), fail);
  const texts = z.record(z.string(), z.string()).safeParse(metadata ?? {});
  if (!texts.success) throw fail('a __metadata__ of texts', 'something else');
  const { [ROLES_KEY]: rolesText = '{}', [CHECKSUM_KEY]: checksum, ...rest } = texts.data;
  const roles = parseHeader(rolesText, fail);
  const layout = layoutOf(entries, size - 8 - length, fail);
  const body = await readRange(handle, 8 + length, size - 8 - length);
  const isChecked = checkBytes(prefix, header, body, checksum, fail);
  const tensors = new Map<string, HostTensor>();
  for (const { name, shape, from, to, type } of layout) {
    if (type === 'integer') continue;
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
    const data = widen(body.subarray(from, to), type);
    tensors.set(name, { shape, role: ROLES.includes(role as string) ? (role as Role) : 'plain', data });
  }
  return { tensors, metadata: rest, isChecked };
}

interface Entry {
  readonly name: string;
  readonly type: ElementType | 'integer';
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** The tensors, in the header's order. Their data must follow each other, without gaps and overlaps, up to the end of the file. */
function layoutOf(entries: Readonly<Record<string, unknown>>, bytes: number, fail: Fail): Entry[] {
  const layout = Object.entries(entries).map(([name, entry]): Entry => {
    const parsed = entrySchema.safeParse(entry);
    if (!parsed.success) throw fail('dtype, shape and data_offsets', `something else in ${name}`);
    const { shape, data_offsets: offsets, dtype } = parsed.data;
    const [type, size] = typeOf(dtype);
    if (type === undefined) throw fail('dtype F32, F16 or BF16', `${JSON.stringify(dtype)} in ${name}`);
    const [from, to] = offsets;
    if (to - from !== size * sizeOf(shape)) throw fail(`${size * sizeOf(shape)} bytes`, `${to - from} in ${name}`);
    if (to > bytes) throw fail(`${to} bytes of data`, `${bytes}, a truncated file,`);
    return { name, shape, from, to, type };
  });
  const numbers = layout.reduce((sum, { type, shape }) => sum + (type === 'integer' ? 0 : sizeOf(shape)), 0);
  if (numbers > MAX_NUMBERS) throw fail(`at most ${MAX_NUMBERS} numbers`, String(numbers));
  let end = 0;
  for (const { name, from, to } of layout.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end) throw fail(`the data of ${name} at byte ${end}`, `it at byte ${from}`);
    end = to;
  }
  if (end !== bytes) throw fail(`${end} bytes of data`, `${bytes}`);
  return layout;
}

/** @returns whether there is a checksum; it is the right one then. */
function checkBytes(prefix: Buffer, header: Buffer, body: Buffer, checksum: string | undefined, fail: Fail): boolean {
  if (!header.subarray(0, BEGINNING.length).equals(BEGINNING)) return false;
  const blank = Buffer.from(header);
  blank.write(NO_CHECKSUM, BEGINNING.length, 'latin1');
  const found = crc32Hex(prefix, blank, body);
  if (found === checksum) return true;
  throw fail(`the checksum ${String(checksum)}`, `${found}, a file that was changed after it was written,`);
}

function parseHeader(text: string, fail: Fail): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch (cause) {
    throw fail('a JSON header', messageOf(cause), cause);
  }
  throw fail('a JSON object as header', text.slice(0, 40));
}
