// The connection of this process to a queue's server: what it opens, it closes, and what the server says is told without secrets.
import { HpoError, messageOf } from '../study/errors.js';
import { within } from '../system/within.js';
import { type QueueAddress, withoutSecrets } from './address.js';
import type { Driver, JobConsumer, JobEvents, JobQueue, Processor } from './driver.js';
import { openDriver } from './drivers.js';
import { RETRY } from './lasting.js';
import { PACE, type Pace } from './pace.js';

export interface LinkOptions {
  readonly pace?: Pace;
  /** Told what the server or its client says; each message once in a while. */
  readonly onProblem?: (message: string) => void;
}

/** Milliseconds in which connections to a server that is there are closed. */
const CLOSE = 2000;
/** Milliseconds in which the same problem is told once. */
const SAY_AGAIN = 60_000;
/** A trial goes to another worker as often as workers die. */
const NO_LIMIT = 1_000_000;

export class QueueLink {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private readonly said = new Map<string, number>();
  private isClosed = false;

  private constructor(
    readonly address: QueueAddress,
    private readonly driver: Driver,
    private readonly options: LinkOptions,
  ) {}

  /** @throws HpoError ERR_USAGE where a package is missing; ERR_QUEUE where the server cannot be reached or refuses. */
  static async open(address: QueueAddress, options: LinkOptions = {}): Promise<QueueLink> {
    try {
      return new QueueLink(address, await openDriver(address), options);
    } catch (error) {
      if (error instanceof HpoError) throw error;
      throw refusal(error, address, 'a server');
    }
  }

  /** What the server says where it is there and takes no jobs. */
  refused(error: unknown): HpoError {
    return refusal(error, this.address, 'a server that takes jobs');
  }

  get pace(): Pace {
    return this.options.pace ?? PACE;
  }

  /** To add jobs to. */
  queue(name: string): JobQueue {
    return this.watched(this.driver.queue(this.nameOf(name)));
  }

  /** Performs jobs, so many at once. @param worker is shown to whoever asks who is there. */
  consume(name: string, processor: Processor, { concurrency, worker }: ConsumeOptions): JobConsumer {
    const { lock, stalled } = this.pace;
    const options = {
      ...{ concurrency, lockDuration: lock, lockRenewTime: lock / 3, stalledInterval: stalled },
      maxStalledCount: NO_LIMIT,
      runRetryDelay: RETRY,
      ...(worker === undefined ? {} : { name: worker }),
    };
    return this.watched(this.driver.consume(this.nameOf(name), processor, options));
  }

  /** Tells what becomes of jobs. */
  events(name: string): JobEvents {
    return this.watched(this.driver.events(this.nameOf(name)));
  }

  /** Closes all that was opened by it, the latest first. */
  async close(): Promise<void> {
    this.isClosed = true;
    const closing = this.closeAll();
    await within(closing, CLOSE);
    // Ends what still waits for a server that is away.
    this.driver.close();
    await within(closing, CLOSE);
  }

  private async closeAll(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close().catch(() => {});
  }

  /** Does something that the server has to know, however long it is away, unless it is of no use any more. */
  async persistently(act: () => Promise<unknown>, isUseless: () => boolean): Promise<void> {
    while (!isUseless()) {
      try {
        await act();
        return;
      } catch (error) {
        this.problem(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
  }

  /** Tells of a problem, unless it was told lately. */
  problem(error: unknown): void {
    if (this.isClosed) return;
    const message = withoutSecrets(messageOf(error) || String(error), this.address);
    const now = performance.now();
    if (now - (this.said.get(message) ?? -Infinity) < SAY_AGAIN) return;
    this.said.set(message, now);
    this.options.onProblem?.(message);
  }

  private nameOf(name: string): string {
    return `${this.address.queue}.${name}`;
  }

  private watched<T extends JobQueue | JobConsumer | JobEvents>(opened: T): T {
    opened.on('error', (error: Error) => this.problem(error));
    this.closers.push(() => opened.close());
    return opened;
  }
}

function refusal(error: unknown, address: QueueAddress, expected: string): HpoError {
  const what = withoutSecrets(messageOf(error), address);
  return new HpoError('ERR_QUEUE', `expected ${expected} at ${address.shown}, got: ${what}`);
}

/** Removes what a queue keeps when its last job is gone, unless somebody listens to it. */
export async function removeEmpty(queue: JobQueue): Promise<void> {
  const jobs = await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized');
  if (jobs > 0 || (await queue.getWorkers()).length > 0) return;
  await queue.obliterate({ force: true });
}

export interface ConsumeOptions {
  readonly concurrency: number;
  readonly worker?: string;
}
