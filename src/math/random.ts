// Random streams that follow from identity: the same names give the same numbers, whatever was drawn elsewhere before.

/** One part of a stream's identity, such as a study seed, a trial number or a purpose. */
export type IdentityPart = string | number;

/**
 * A seeded stream of random numbers: sfc32 (C. Doty-Humphrey, PractRand), its state filled by hashing the identity.
 * Two streams of different identities are independent for every practical purpose.
 */
export class RandomStream {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private spareNormal: number | undefined;

  private constructor(private readonly identity: string) {
    this.a = hash32(identity, 0x9e3779b9);
    this.b = hash32(identity, 0x243f6a88);
    this.c = hash32(identity, 0xb7e15162);
    for (let i = 0; i < 15; i++) this.nextUint32();
  }

  /** The stream of this identity, e.g. `RandomStream.of(seed, 'dropout', trial, epoch)`. */
  static of(...identity: readonly IdentityPart[]): RandomStream {
    return new RandomStream(JSON.stringify(identity));
  }

  /** A stream of its own for a purpose within this one; does not advance this stream. */
  derive(...identity: readonly IdentityPart[]): RandomStream {
    return new RandomStream(`${this.identity}/${JSON.stringify(identity)}`);
  }

  /** Uniform over the integers 0 … 2³² − 1. */
  nextUint32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Fills the array with what so many calls of nextUint32 would give, several times faster: the state stays in registers. */
  fillUint32(into: Uint32Array): void {
    let { a, b, c, counter } = this;
    for (let i = 0; i < into.length; i++) {
      const sum = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      into[i] = sum;
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.counter = counter;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  next(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A uniform integer in [0, count). */
  integer(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Standard normal, by the polar method (Marsaglia & Bray 1964). */
  normal(): number {
    if (this.spareNormal !== undefined) {
      const spare = this.spareNormal;
      this.spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.next() - 1;
      const y = 2 * this.next() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.spareNormal = y * factor;
      return x * factor;
    }
  }

  /** Gamma-distributed with this shape, more than 0, and scale 1 (Marsaglia & Tsang 2000; below 1 by its section 6). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * Math.pow(1 - this.next(), 1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Beta-distributed, in [0, 1]; both parameters more than 0. */
  beta(a: number, b: number): number {
    const x = this.gamma(a);
    const y = this.gamma(b);
    // Both underflow for tiny parameters; the distribution is then that of a coin.
    return x + y === 0 ? this.integer(2) : x / (x + y);
  }

  /** A uniformly random order of 0 … count − 1 (Fisher–Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }

  /** One of the items, each as likely; the list must not be empty. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('expected at least one item to pick from, got none');
    return items[this.integer(items.length)] as T;
  }
}

/** 32-bit FNV-1a over UTF-16 code units from a salted start, with the finaliser of MurmurHash3 (A. Appleby). */
function hash32(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
