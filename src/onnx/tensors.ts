// Arrays of ONNX files: their bytes, within the file or in files beside it, and their numbers.
import { dirname, resolve, sep } from 'node:path';
import { realpathSync, statSync } from 'node:fs';
import { HpoError, messageOf } from '../study/errors.js';
import { UnfitFileError, readRegularFileSync } from '../system/regular-file.js';
import { DATA_TYPE, type DataType, type FileTensor } from './file-model.js';
import { formatShape, isShape } from './known.js';
import { type RawTensor, bigIntOf, numberOf } from './proto.js';

const NAMES = new Map<number, DataType | 'string'>(
  Object.entries(DATA_TYPE).map(([name, id]) => [id, name as DataType]),
);

const BYTES: Readonly<Record<DataType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  bfloat16: 2,
};

/** Of all arrays together: a file beside the model may claim any size, and take no room on the disk. */
const MOST_NUMBERS = 2 ** 28;

export function dataTypeOf(id: number | undefined, place: string): DataType {
  const name = NAMES.get(id ?? 0);
  if (name !== undefined && name !== 'string') return name;
  throw new HpoError('ERR_WEIGHTS', `expected numbers, got data type ${id ?? 0} at ${place}`);
}

/** Reads arrays of one model file, and of files beside it. */
export class TensorReader {
  private readonly folder: string;
  /** What was read of files beside it, by path, place and length: tied weights are one. */
  private readonly regions = new Map<string, Uint8Array>();
  private readonly readOf = new Map<string, number>();
  private numbers = 0;

  /** @param file path of the model. */
  constructor(private readonly file: string) {
    this.folder = dirname(resolve(file));
  }

  /** Paths of files beside the model that were read. */
  get beside(): readonly string[] {
    return [...this.readOf.keys()];
  }

  /** Throws ERR_WEIGHTS where shape and bytes do not fit, or the bytes lie outside the model's folder. */
  read(raw: RawTensor, name: string): FileTensor {
    const place = `${name || 'a constant'} of ${this.file}`;
    const type = dataTypeOf(raw.dataType, place);
    const shape = (raw.dims ?? []).map(numberOf);
    const count = shape.reduce((product, d) => product * d, 1);
    if (!isShape(shape) || this.numbers + count > MOST_NUMBERS) {
      const limit = `a shape of at most ${MOST_NUMBERS} numbers${this.numbers === 0 ? '' : ', all arrays together'}`;
      throw new HpoError('ERR_WEIGHTS', `expected ${limit}, got ${formatShape(shape)} at ${place}`);
    }
    this.numbers += count;
    const expected = count * BYTES[type];
    const bytes = raw.dataLocation === 1 ? this.external(raw, expected, place) : ownBytes(raw, type);
    if (bytes.byteLength !== expected) {
      const got = `${bytes.byteLength}`;
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected ${expected} bytes for ${type} [${shape.join(', ')}], got ${got} at ${place}`,
      );
    }
    return { type, shape, bytes };
  }

  private external(raw: RawTensor, expected: number, place: string): Uint8Array {
    const entries = new Map((raw.externalData ?? []).map(({ key = '', value = '' }) => [key, value]));
    const location = entries.get('location') ?? '';
    const offset = Number(entries.get('offset') ?? 0);
    const length = Number(entries.get('length') ?? expected);
    const path = this.inside(location, place);
    if (!Number.isSafeInteger(offset) || offset < 0 || length !== expected) {
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected ${expected} bytes at an offset in ${location}, got offset ${offset}, length ${length} at ${place}`,
      );
    }
    const key = `${path}\0${offset}\0${length}`;
    const known = this.regions.get(key);
    if (known !== undefined) return known;
    try {
      this.checkOverlap(path, length);
      const bytes = readRegularFileSync(path, Infinity, { position: offset, length });
      this.regions.set(key, bytes);
      return bytes;
    } catch (cause) {
      const what = cause instanceof UnfitFileError ? cause.message : messageOf(cause);
      throw new HpoError('ERR_WEIGHTS', `expected the weights of ${place} in ${location} beside it, got ${what}`, {
        cause,
      });
    }
  }

  /** Arrays that overlap may ask for more memory than there are bytes on the disk. */
  private checkOverlap(path: string, length: number): void {
    const { size } = statSync(path);
    const total = (this.readOf.get(path) ?? 0) + length;
    this.readOf.set(path, total);
    if (total > size) throw new UnfitFileError(`arrays of at least ${total} bytes in a file of ${size}`);
  }

  /** The path of a file in the model's folder or below it, links followed. */
  private inside(location: string, place: string): string {
    const path = resolve(this.folder, location);
    const real = realOf(path);
    const folder = realOf(this.folder);
    const isWithin = path.startsWith(`${this.folder}${sep}`) && (real.startsWith(`${folder}${sep}`) || real === path);
    if (location !== '' && isWithin) return path;
    const isLink = path.startsWith(`${this.folder}${sep}`) && real !== path;
    // The hub's own cache is of this kind.
    const advice = isLink ? `, a link to ${real}; copy the files of the model into one folder` : '';
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected external data in the folder of the model, got ${JSON.stringify(location)}${advice} at ${place}`,
    );
  }
}

/** Links followed; the path itself where there is nothing. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function ownBytes(raw: RawTensor, type: DataType): Uint8Array {
  if (raw.rawData !== undefined && raw.rawData.byteLength > 0) return raw.rawData;
  const bytes = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  switch (type) {
    case 'float32':
      return bytes(Float32Array.from(raw.floatData ?? []));
    case 'float64':
      return bytes(Float64Array.from(raw.doubleData ?? []));
    case 'int64':
      return bytes(BigInt64Array.from(raw.int64Data ?? [], bigIntOf));
    case 'uint32':
      return bytes(Uint32Array.from(raw.uint64Data ?? [], numberOf));
    case 'uint64':
      return bytes(BigUint64Array.from(raw.uint64Data ?? [], bigIntOf));
    case 'int32':
      return bytes(Int32Array.from(raw.int32Data ?? []));
    case 'uint8':
    case 'int8':
    case 'bool':
      return bytes(Uint8Array.from(raw.int32Data ?? []));
    default:
      return bytes(Uint16Array.from(raw.int32Data ?? []));
  }
}

export function isFloat(type: DataType): boolean {
  return ['float32', 'float16', 'bfloat16', 'float64'].includes(type);
}

/** The numbers of a tensor as float32; integers beyond 2²⁴ lose their last digits. */
export function floatsOf(tensor: FileTensor): Float32Array {
  if (tensor.type === 'float32') return new Float32Array(aligned(tensor.bytes, 4));
  if (tensor.type === 'float16') return Float32Array.from(new Uint16Array(aligned(tensor.bytes, 2)), floatOfHalf);
  if (tensor.type === 'bfloat16') {
    const words = new Uint16Array(aligned(tensor.bytes, 2));
    return new Float32Array(Uint32Array.from(words, (bits) => bits << 16).buffer);
  }
  return Float32Array.from(numbersOf(tensor));
}

/** The numbers of a tensor as doubles: exact for all but integers beyond 2⁵³. */
export function numbersOf(tensor: FileTensor): Float64Array {
  const buffer = aligned(tensor.bytes, 8);
  switch (tensor.type) {
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer), Number);
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer), Number);
    case 'int32':
      return Float64Array.from(new Int32Array(buffer));
    case 'uint32':
      return Float64Array.from(new Uint32Array(buffer));
    case 'int16':
      return Float64Array.from(new Int16Array(buffer));
    case 'uint16':
      return Float64Array.from(new Uint16Array(buffer));
    case 'int8':
      return Float64Array.from(new Int8Array(buffer));
    case 'uint8':
    case 'bool':
      return Float64Array.from(new Uint8Array(buffer));
    case 'float64':
      return new Float64Array(buffer);
    default:
      return Float64Array.from(floatsOf(tensor));
  }
}

/** The bytes in memory of their own, which begins where any number may. */
function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  const whole = Math.floor(bytes.byteLength / size) * size === bytes.byteLength || size === 8;
  if (!whole)
    throw new HpoError('ERR_WEIGHTS', `expected whole numbers of ${size} bytes, got ${bytes.byteLength} bytes`);
  return new Uint8Array(bytes).buffer; // a Buffer's own slice is a view
}

/** IEEE 754 half precision. */
function floatOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
