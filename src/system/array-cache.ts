// Arrays in memory by key, the least recently used given up first. Threads of one process share what each of them makes.
import { BroadcastChannel } from 'node:worker_threads';

/** Bytes that an array takes beside its numbers: V8's objects for it, its entry and its key. Measured, Node 20. */
export const ARRAY_OVERHEAD = 700;

/** Equal keys mean equal numbers, whoever made them. */
export class ArrayCache<A extends NodeJS.TypedArray> {
  /** What this thread made or asked for, in order of use, oldest first. */
  private readonly used = new Map<string, A>();
  /** What others made and this thread has not asked for yet. */
  private readonly offered = new Map<string, A>();
  private held = 0;
  /** Bytes that this cache ever gave out as shared memory. */
  private given = 0;
  private readonly others: BroadcastChannel | undefined;

  /**
   * @param budget in bytes, what V8 takes for each array included.
   * @param topic what the caches that share are called in every thread; missing: nothing is shared.
   */
  constructor(
    private readonly budget: number,
    topic?: string,
  ) {
    if (topic === undefined) return;
    this.others = new BroadcastChannel(`hpo ${topic}`);
    this.others.onmessage = (event) => this.receive((event as { data: Offer<A> }).data);
    this.others.unref(); // nobody waits for what others may make
  }

  /** Bytes held, what V8 takes for each array included. */
  get bytes(): number {
    return this.held;
  }

  /**
   * The kind of memory for so many bytes that are to be kept. V8 collects garbage whenever a few dozen megabytes more are in ArrayBuffers,
   * though nothing of these is; shared memory it does not count. That is bounded, since what is evicted of it would not be collected soon.
   */
  memoryFor(bytes: number): typeof ArrayBuffer | typeof SharedArrayBuffer {
    if (this.given + bytes + ARRAY_OVERHEAD > this.budget) return ArrayBuffer;
    this.given += bytes + ARRAY_OVERHEAD;
    return SharedArrayBuffer;
  }

  get(key: string): A | undefined {
    const array = this.used.get(key) ?? this.offered.get(key);
    if (array === undefined) return undefined;
    this.forget(key);
    this.hold(this.used, key, array);
    return array;
  }

  /** Keeps an array, and tells other threads of it where it lies in shared memory: it must not be written to any more. */
  set(key: string, array: A): void {
    if (sizeOf(array) > this.budget || this.get(key) !== undefined) return;
    this.hold(this.used, key, array);
    while (this.held > this.budget) this.forget(this.oldest());
    if (array.buffer instanceof SharedArrayBuffer) this.others?.postMessage({ key, array });
  }

  /** An earlier offer may be given up for it, and nothing that this thread uses. */
  private receive({ key, array }: Offer<A>): void {
    if (this.used.has(key) || this.offered.has(key)) return;
    while (this.held + sizeOf(array) > this.budget && this.offered.size > 0) this.forget(this.oldest());
    if (this.held + sizeOf(array) <= this.budget) this.hold(this.offered, key, array);
  }

  private hold(among: Map<string, A>, key: string, array: A): void {
    among.set(key, array);
    this.held += sizeOf(array);
  }

  /** What is to go first of what is held, which is something. */
  private oldest(): string {
    const arrays = this.offered.size > 0 ? this.offered : this.used;
    return arrays.keys().next().value as string;
  }

  private forget(key: string): void {
    for (const arrays of [this.used, this.offered]) {
      const array = arrays.get(key);
      if (array === undefined) continue;
      this.held -= sizeOf(array);
      arrays.delete(key);
    }
  }
}

function sizeOf({ byteLength }: NodeJS.TypedArray): number {
  return byteLength + ARRAY_OVERHEAD;
}

interface Offer<A> {
  readonly key: string;
  readonly array: A;
}
