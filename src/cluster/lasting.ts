// What BullMQ opens while its server is away never comes to life: it is opened again until the server is there.
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../system/within.js';

/** Milliseconds between two tries to reach a server that is away. */
export const RETRY = 1000;
const CLOSED = 'the queue is closed';

interface Source {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
}

export interface LastingOptions<T> {
  readonly open: () => T;
  readonly close: (opened: T, force: boolean) => Promise<unknown>;
}

/** One thing of BullMQ that is opened, and whatever takes its place. */
export class Lasting<T extends Source> extends EventEmitter {
  /** Resolves once the server was reached; rejects where it is closed before. */
  readonly ready: Promise<T>;
  private current: T;
  private isClosed = false;
  private giveUp: (error: Error) => void = () => {};

  constructor(private readonly options: LastingOptions<T>) {
    super();
    this.current = this.open();
    const closed = new Promise<never>((_, reject) => (this.giveUp = reject));
    this.ready = Promise.race([this.reach(), closed]);
    this.ready.catch(() => {}); // told to whoever uses it
  }

  async close(force = false): Promise<void> {
    this.isClosed = true;
    this.giveUp(new Error(CLOSED));
    await this.options.close(this.current, force);
  }

  /** An error that nobody listens to would end the process. */
  tell(error: unknown): void {
    if (!this.isClosed && this.listenerCount('error') > 0) this.emit('error', error);
  }

  private open(): T {
    const opened = this.options.open();
    opened.on('error', (error) => this.tell(error));
    return opened;
  }

  private async reach(): Promise<T> {
    for (;;) {
      try {
        await this.current.waitUntilReady();
        return this.current;
      } catch (error) {
        this.tell(error);
        await Promise.all([delay(RETRY), within(this.options.close(this.current, true), RETRY)]);
      }
      if (this.isClosed) throw new Error(CLOSED);
      this.current = this.open();
    }
  }
}
