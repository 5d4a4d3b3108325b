// Events in the order in which they come, for one reader.

export class EventQueue<Event> {
  private events: Event[] = [];
  private wake: () => void = () => {};

  push(event: Event): void {
    this.events.push(event);
    this.wake();
  }

  /** Everything that has come since the last call; waits where that is nothing. */
  async next(): Promise<readonly Event[]> {
    if (this.events.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.events.splice(0);
  }
}
