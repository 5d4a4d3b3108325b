// Which slots are idle.

export class Slots {
  private readonly idle: number[];

  constructor(private readonly count: number) {
    this.idle = Array.from({ length: count }, (_, slot) => slot);
  }

  get busy(): number {
    return this.count - this.idle.length;
  }

  get haveIdle(): boolean {
    return this.idle.length > 0;
  }

  /** The slot that a trial was in before, if it is idle: its caches may be warm. Otherwise the lowest idle one. */
  take(before: number | undefined): number {
    const place = Math.max(0, this.idle.indexOf(before ?? -1));
    return this.idle.splice(place, 1)[0] as number;
  }

  give(slot: number): void {
    this.idle.push(slot);
    this.idle.sort((a, b) => a - b);
  }
}
