// Offers that nobody trains: those that are lost are offered again, and of those that nobody takes people are told.
import type { JobQueue } from './driver.js';
import type { Machines } from './machines.js';
import { counted } from '../system/format.js';
import type { Offer } from './offer.js';

/** Those that neither the server nor a worker has: a server that keeps nothing was started again, or a worker gave a job up without a word. */
export async function* lostAmong(
  offers: readonly Offer[],
  queue: Pick<JobQueue, 'getJob'>,
  machines: Machines,
  problem: (error: unknown) => void,
): AsyncGenerator<Offer> {
  for (const offer of offers) {
    const { job, worker } = offer;
    if (machines.isAt(worker, job)) continue;
    try {
      const isThere = (await queue.getJob(job)) !== undefined;
      if (isThere || offer.isOver || offer.job !== job || offer.worker !== worker) continue;
    } catch (error) {
      problem(error);
      continue;
    }
    yield offer;
  }
}

/** Looks without a taken offer after which people are told. */
const PATIENCE = 2;

/** Tells people once when offers wait although a slot is idle, or when no worker is there at all. */
export class Untaken {
  private waiting = new Set<string>();
  private looks = 0;

  constructor(private readonly onNotice: (line: string) => void) {}

  look(offers: readonly Offer[], machines: Machines): void {
    const waiting = new Set(offers.filter(({ worker }) => worker === undefined).map(({ job }) => job));
    const taken = offers.filter(({ worker }) => worker !== undefined && machines.get(worker) !== undefined);
    const { slots } = machines;
    const idle = slots - taken.length;
    const isStuck = this.waiting.size > 0 && [...this.waiting].every((job) => waiting.has(job));
    this.waiting = waiting;
    this.looks = isStuck && (slots === 0 || idle > 0) ? this.looks + 1 : 0;
    if (this.looks !== PATIENCE) return;
    const what = `${counted(waiting.size, 'job')} of trials ${waiting.size === 1 ? 'is' : 'are'} offered`;
    const why = slots === 0 ? 'no worker is there' : `none of ${counted(idle, 'idle slot')} has taken one for long`;
    this.onNotice(`waiting for workers: ${what}, and ${why}`);
  }
}
