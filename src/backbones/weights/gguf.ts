// Reads a GGUF file (github.com/ggml-org/ggml, docs/gguf.md), which somebody else may have made: header, metadata, then tensors.
import { HpoError } from '../../study/errors.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { readRegularFile } from '../../system/regular-file.js';
import { BYTES_OF, type ElementType, widen } from './element-types.js';
import { MAX_WEIGHTS, unreadable } from './stored-layer.js';

export interface GgufTensor {
  /** As in the program that wrote it: the slowest dimension first. GGUF itself lists the fastest first. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Gguf {
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Texts, numbers and truth values; lists are passed over. */
  readonly metadata: ReadonlyMap<string, string | number | boolean>;
}

/** All weights as float32, and metadata. */
const MAX_FILE_BYTES = 4 * MAX_WEIGHTS + 64e6;
const MAX_ENTRIES = 100_000;
const MAX_TEXT = 1_000_000;
/** A list inside a list inside a list says nothing that is read here. */
const MAX_NESTING = 4;

/** The types of ggml that are plain numbers; the others are quantised. */
const TENSOR_TYPES = new Map<number, ElementType>([
  [0, 'F32'],
  [1, 'F16'],
  [28, 'F64'],
  [30, 'BF16'],
]);

/**
 * Every tensor of the file. Nothing is allocated before the header is known to describe the file.
 * @throws HpoError ERR_WEIGHTS, naming the file, where it is missing, cut off, malformed or quantised.
 */
export async function readGguf(file: string): Promise<Gguf> {
  const bytes = await readRegularFile(file, MAX_FILE_BYTES).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  return new Reader(bytes, file).read();
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly offset: number;
}

class Reader {
  private at = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Buffer,
    private readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Gguf {
    if (this.bytes.toString('latin1', 0, 4) !== 'GGUF') throw this.fail('a GGUF file', 'another kind of file');
    this.at = 4;
    const version = this.uint32();
    if (version !== 2 && version !== 3) throw this.fail('GGUF version 2 or 3', `version ${version}`);
    const tensorCount = this.count('tensors');
    const metadataCount = this.count('entries of metadata');
    const metadata = new Map<string, string | number | boolean>();
    for (let i = 0; i < metadataCount; i++) {
      const key = this.text();
      const value = this.value(this.uint32(), 0);
      if (value !== undefined) metadata.set(key, value);
    }
    const entries = Array.from({ length: tensorCount }, () => this.entry());
    const alignment = metadata.get('general.alignment') ?? 32;
    if (typeof alignment !== 'number' || !(alignment >= 1 && alignment <= 65_536)) {
      throw this.fail('general.alignment from 1 to 65536', String(alignment));
    }
    const start = Math.ceil(this.at / alignment) * alignment;
    return { tensors: this.tensors(entries, start), metadata };
  }

  private entry(): Entry {
    const name = this.text();
    const dimensions = this.uint32();
    if (dimensions > 8) throw this.fail('at most 8 dimensions', `${dimensions} in ${name}`);
    const shape = Array.from({ length: dimensions }, () => this.uint64()).reverse();
    const number = this.uint32();
    const type = TENSOR_TYPES.get(number);
    if (type === undefined) {
      throw this.fail('float32, float16 or bfloat16', `a quantised tensor, type ${number} of ggml, in ${name}`);
    }
    return { name, shape, type, offset: this.uint64() };
  }

  private tensors(entries: readonly Entry[], start: number): Map<string, GgufTensor> {
    const tensors = new Map<string, GgufTensor>();
    let total = 0;
    for (const { name, shape, offset, type } of entries) {
      total += sizeOf(shape);
      if (!(total <= MAX_WEIGHTS)) throw this.fail(`at most ${MAX_WEIGHTS} numbers`, `more with ${name}`);
      const from = start + offset;
      const to = from + sizeOf(shape) * BYTES_OF[type];
      if (to > this.bytes.length) throw this.fail(`${to} bytes`, `${this.bytes.length}, a truncated file,`);
      if (tensors.has(name)) throw this.fail('each tensor once', `${name} twice`);
      tensors.set(name, { shape, data: widen(this.bytes.subarray(from, to), type) });
    }
    return tensors;
  }

  /** Undefined for a list. */
  private value(type: number, depth: number): string | number | boolean | undefined {
    const { view } = this;
    switch (type) {
      case 0:
        return view.getUint8(this.take(1));
      case 1:
        return view.getInt8(this.take(1));
      case 2:
        return view.getUint16(this.take(2), true);
      case 3:
        return view.getInt16(this.take(2), true);
      case 4:
        return this.uint32();
      case 5:
        return view.getInt32(this.take(4), true);
      case 6:
        return view.getFloat32(this.take(4), true);
      case 7:
        return view.getUint8(this.take(1)) !== 0;
      case 8:
        return this.text();
      case 9: {
        if (depth >= MAX_NESTING) throw this.fail(`lists at most ${MAX_NESTING} deep`, 'deeper ones');
        const element = this.uint32();
        const length = this.uint64();
        // Every element takes a byte at least.
        if (length > this.bytes.length - this.at)
          throw this.fail('a list inside the file', `one of ${length} elements`);
        for (let i = 0; i < length; i++) this.value(element, depth + 1);
        return undefined;
      }
      case 10:
        return Number(view.getBigUint64(this.take(8), true));
      case 11:
        return Number(view.getBigInt64(this.take(8), true));
      case 12:
        return view.getFloat64(this.take(8), true);
      default:
        throw this.fail('a type of metadata from 0 to 12', String(type));
    }
  }

  private text(): string {
    const length = this.uint64();
    if (length > MAX_TEXT) throw this.fail(`texts of at most ${MAX_TEXT} bytes`, `one of ${length}`);
    const from = this.take(length);
    return this.bytes.toString('utf8', from, from + length);
  }

  private count(what: string): number {
    const count = this.uint64();
    if (count <= MAX_ENTRIES) return count;
    throw this.fail(`at most ${MAX_ENTRIES} ${what}`, String(count));
  }

  private uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  private uint64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  /** Steps over so many bytes, which are there. @returns where they begin. */
  private take(length: number): number {
    const from = this.at;
    if (!(from + length <= this.bytes.length)) {
      throw this.fail(`${from + length} bytes`, `${this.bytes.length}, a truncated file,`);
    }
    this.at += length;
    return from;
  }

  private fail(expected: string, got: string): HpoError {
    return new HpoError('ERR_WEIGHTS', `expected ${expected}, got ${got} at ${this.file}`);
  }
}
