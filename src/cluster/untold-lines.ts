// What trainers say while nobody can be told: the last of it is kept, and how much was left out is said.

/** Lines of a slot. An outage may last a night. */
const MOST = 1000;

interface Untold {
  lines: string[];
  leftOut: number;
}

export class UntoldLines {
  private readonly of = new Map<number, Untold>();

  /** Slots that have said something. */
  get slots(): readonly number[] {
    return [...this.of.keys()];
  }

  add(slot: number, line: string): void {
    const untold = this.of.get(slot) ?? { lines: [], leftOut: 0 };
    this.of.set(slot, untold);
    untold.lines.push(line);
    if (untold.lines.length < 2 * MOST) return;
    untold.leftOut += untold.lines.length - MOST;
    untold.lines = untold.lines.slice(-MOST);
  }

  /** In order; what was taken is told. */
  take(slot: number): string[] {
    const untold = this.of.get(slot);
    this.of.delete(slot);
    if (untold === undefined) return [];
    const { lines, leftOut } = untold;
    return leftOut === 0 ? lines : [`… ${leftOut} lines are left out: the queue was out of reach`, ...lines];
  }
}
