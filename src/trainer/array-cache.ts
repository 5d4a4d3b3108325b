// Arrays in memory by key, the least recently used given up first. Threads of one process share what each of them makes.
import { BroadcastChannel } from 'node:worker_threads';

/** Equal keys mean equal numbers, whoever made them. */
export class ArrayCache<A extends NodeJS.TypedArray> {
  /** In order of use, oldest first. */
  private readonly arrays = new Map<string, A>();
  private held = 0;
  /** Bytes that this cache ever gave out as shared memory. */
  private given = 0;
  private readonly others: BroadcastChannel | undefined;

  /**
   * @param budget in bytes.
   * @param topic what the caches that share are called in every thread; missing: nothing is shared.
   */
  constructor(
    private readonly budget: number,
    topic?: string,
  ) {
    if (topic === undefined) return;
    this.others = new BroadcastChannel(`hpo ${topic}`);
    this.others.onmessage = (event) => this.receive((event as { data: Found<A> }).data);
    this.others.unref(); // nobody waits for what others may make
  }

  /** Bytes held. */
  get bytes(): number {
    return this.held;
  }

  /**
   * The kind of memory for so many bytes that are to be kept. V8 collects garbage whenever a few dozen megabytes more are in ArrayBuffers,
   * though nothing of these is; shared memory it does not count. That is bounded, since what is evicted of it would not be collected soon.
   */
  memoryFor(bytes: number): typeof ArrayBuffer | typeof SharedArrayBuffer {
    if (this.given + bytes > this.budget) return ArrayBuffer;
    this.given += bytes;
    return SharedArrayBuffer;
  }

  get(key: string): A | undefined {
    const array = this.arrays.get(key);
    if (array === undefined) return undefined;
    this.arrays.delete(key);
    this.arrays.set(key, array);
    return array;
  }

  /** Keeps an array, and tells other threads of it where it lies in shared memory: it must not be written to any more. */
  set(key: string, array: A): void {
    if (array.byteLength > this.budget) return;
    const isNew = !this.arrays.has(key);
    this.keep(key, array);
    for (const [oldest, { byteLength }] of this.arrays) {
      if (this.held <= this.budget) break;
      this.arrays.delete(oldest);
      this.held -= byteLength;
    }
    if (isNew && array.buffer instanceof SharedArrayBuffer) this.others?.postMessage({ key, array });
  }

  private keep(key: string, array: A): void {
    this.held += array.byteLength - (this.arrays.get(key)?.byteLength ?? 0);
    this.arrays.delete(key);
    this.arrays.set(key, array);
  }

  /** For what this thread did not ask for, nothing is given up. */
  private receive({ key, array }: Found<A>): void {
    if (!this.arrays.has(key) && this.held + array.byteLength <= this.budget) this.keep(key, array);
  }
}

interface Found<A> {
  readonly key: string;
  readonly array: A;
}
