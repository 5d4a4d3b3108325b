// Which slots are idle.
import { must } from '../system/must.js';

export class Slots {
  private idle: number[];
  private readonly taken = new Set<number>();

  constructor(private count: number) {
    this.idle = Array.from({ length: count }, (_, slot) => slot);
  }

  get busy(): number {
    return this.taken.size;
  }

  get haveIdle(): boolean {
    return this.idle.length > 0;
  }

  /** The slot that a trial was in before, if it is idle: its caches may be warm. Otherwise the lowest idle one. */
  take(before: number | undefined): number {
    const place = Math.max(0, this.idle.indexOf(before ?? -1));
    const slot = must(this.idle.splice(place, 1)[0], 'an idle slot');
    this.taken.add(slot);
    return slot;
  }

  give(slot: number): void {
    this.taken.delete(slot);
    if (slot >= this.count) return;
    this.idle.push(slot);
    this.idle.sort((a, b) => a - b);
  }

  /** There are so many now. A busy slot that is gone is not given out again. */
  resize(count: number): void {
    this.count = count;
    this.idle = Array.from({ length: count }, (_, slot) => slot).filter((slot) => !this.taken.has(slot));
  }
}
