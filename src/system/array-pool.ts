// Arrays used again: a feature map or a batch is megabytes, and new ones at every step keep the garbage collector busy.

export class ArrayPool {
  /** By their length, a power of two. */
  private readonly idle = new Map<number, Float32Array[]>();

  /** An array of this length, whatever is in it; the taker's alone until it is given back. */
  take(length: number): Float32Array {
    const room = 2 ** Math.ceil(Math.log2(Math.max(length, 1)));
    return (this.idle.get(room)?.pop() ?? new Float32Array(room)).subarray(0, length);
  }

  /** Takes back what `take` gave; nobody may use it any more. */
  give(array: Float32Array): void {
    const whole = new Float32Array(array.buffer);
    const others = this.idle.get(whole.length);
    if (others === undefined) this.idle.set(whole.length, [whole]);
    else others.push(whole);
  }

  /** Calls `use` with an array that is given back when what it returns is settled. */
  async withArray<T>(length: number, use: (array: Float32Array) => Promise<T>): Promise<T> {
    const array = this.take(length);
    try {
      return await use(array);
    } finally {
      this.give(array);
    }
  }
}
