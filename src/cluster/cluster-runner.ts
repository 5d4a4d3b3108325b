// Trains trials in the slots of other machines: the controller's side of a queue on Redis or PostgreSQL.
import type { AnySplit } from '../images/indexing/image-index.js';
import { messageOf } from '../study/errors.js';
import type { TrialRun, TrialRunner } from '../study/trial-runner.js';
import { within } from '../system/within.js';
import type { JobConsumer, JobQueue, Processor } from './driver.js';
import type { QueueLink } from './link.js';
import { Machines } from './machines.js';
import {
  type Answer,
  type EntriesPage,
  type EntryPages,
  type PresentWorker,
  type StudyForWorkers,
  type WorkerMessage,
  readMessage,
} from './messages.js';
import { Offers, type OffersOptions } from './offers.js';
import { HELLO, marksOf, reportsOf } from './queue-names.js';
import { type SlotListeners, passOn } from './slot-listeners.js';
import { storable } from './storable.js';
import { StudyMark } from './study-mark.js';
import { welcomeTo } from './welcome.js';

export interface ClusterOptions extends SlotListeners, Pick<OffersOptions, 'onPlaced' | 'claims'> {
  readonly link: QueueLink;
  readonly study: StudyForWorkers;
  /** A line for people: who comes, who goes, who is set aside. */
  readonly onNotice?: (line: string) => void;
  /** The study's images, for a worker whose images differ. */
  readonly images?: {
    readonly pages: (split: AnySplit) => EntryPages;
    readonly entries: (split: AnySplit, from: number) => EntriesPage;
  };
  readonly maxFailuresInARow?: number;
  /** Slots that there are at least, with or without workers: trials wait in the queue. Default: 1. */
  readonly least?: 0 | 1;
}

/** Messages that are answered at once: each worker has a question open all the time, and each slot may have a report. */
const AT_ONCE = 5000;
/** Milliseconds in which it says that it gives no more of a queue's jobs. */
const CLOSE = 2000;
/** Milliseconds in which it removes all that is of a study. */
const CLEAR = 10_000;

/**
 * The controller offers trials as jobs, and any worker with an idle slot takes them. A worker that dies loses its job to another one, by
 * BullMQ's locks; which try counts follows from how often the server has given the job out. `slots` follows the workers that are there.
 */
export class ClusterRunner implements TrialRunner {
  readonly batches = true;
  readonly machines: Machines;
  private readonly offers: Offers;
  private readonly reports: JobQueue;
  private readonly mark: StudyMark;
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout;
  /** The latest look at what is lost. */
  private looking: Promise<void> | undefined;
  /** Reads what workers of the study say, and what those say that look for one. */
  private reporters: JobConsumer | undefined;
  private comers: JobConsumer | undefined;
  private isClosed = false;

  private constructor(private readonly options: ClusterOptions) {
    const { link, study, onNotice, onPlaced, claims, maxFailuresInARow } = options;
    this.machines = new Machines({
      pace: link.pace,
      maxFailuresInARow: Math.max(1, Math.min(3, maxFailuresInARow ?? 3)),
      onChange: () => this.listeners.forEach((listener) => listener()),
      onNotice: (line) => onNotice?.(line),
    });
    const { machines } = this;
    this.offers = new Offers({
      ...{ link, study: study.id, root: study.trials, machines },
      ...{ onNotice, onPlaced, claims },
    });
    this.reports = link.queue(reportsOf(study.id));
    this.mark = new StudyMark(link.queue(marksOf(study.id)));
    this.timer = setInterval(() => {
      this.looking = this.look();
    }, link.pace.look);
    this.timer.unref();
  }

  /** Takes the link over. @throws HpoError ERR_QUEUE where the server takes no jobs. */
  static async open(options: ClusterOptions): Promise<ClusterRunner> {
    const runner = new ClusterRunner(options);
    const { link, study } = options;
    try {
      await runner.offers.open();
      await runner.mark.set();
    } catch (error) {
      await runner.close();
      throw link.refused(error);
    }
    const answer: Processor = async ({ data }) => storable(await runner.answer(data));
    runner.reporters = link.consume(reportsOf(study.id), answer, { concurrency: AT_ONCE });
    runner.comers = link.consume(HELLO, answer, { concurrency: AT_ONCE, worker: study.id });
    return runner;
  }

  /** Of all workers that are there. */
  get slots(): number {
    return Math.max(this.options.least ?? 1, this.machines.slots);
  }

  watchSlots(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  run(trials: readonly TrialRun[], slot: number, signal: AbortSignal): Promise<void> {
    return this.offers.run(trials, slot, signal);
  }

  withdraw(): void {
    this.offers.withdraw();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.offers.stop();
    clearInterval(this.timer);
    const { link } = this.options;
    // Whoever leaves looks for another study, and is not to find this one again.
    if (this.comers !== undefined) await within(this.comers.close(), CLOSE);
    this.machines.dismiss();
    await this.machines.untilAllHaveLeft(link.pace.leave);
    this.machines.close();
    this.offers.close();
    // A server that is away keeps what is left.
    await within(this.clear(), CLEAR);
    await link.close();
  }

  /** Resolves once a worker is there, or the signal is aborted. */
  async waitForWorker(signal?: AbortSignal): Promise<void> {
    if (this.machines.slots > 0 || signal?.aborted === true) return;
    let stop = (): void => {};
    await new Promise<void>((resolve) => {
      stop = this.watchSlots(() => this.machines.slots > 0 && resolve());
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    stop();
  }

  private present(): PresentWorker[] {
    return this.machines.present().map(({ worker, facts, since, ended }) => ({
      machine: facts,
      ...{ since, ended },
      trials: this.offers.trialsAt(worker),
    }));
  }

  /** Leaves nothing of the study on the server. */
  private async clear(): Promise<void> {
    // First, as they would leave keys of their own behind.
    await Promise.allSettled([this.reporters?.close(), this.comers?.close()]);
    await this.looking; // it may be setting the mark
    await this.mark.remove().catch(() => {}); // it stays, as all else does
    await Promise.allSettled([this.offers.clear(), this.reports.obliterate({ force: true })]);
  }

  /** What a worker says is checked; what cannot be read is refused, and told. */
  private async answer(data: unknown): Promise<Answer> {
    let message: WorkerMessage;
    try {
      message = readMessage(data);
    } catch (error) {
      this.options.onNotice?.(messageOf(error));
      return { type: 'refused', reason: messageOf(error) };
    }
    return this.handle(message);
  }

  private async handle(message: WorkerMessage): Promise<Answer> {
    const { worker } = message;
    const { machines } = this;
    machines.hear(worker);
    switch (message.type) {
      case 'hello':
        return welcomeTo(this.options.study, machines, message);
      case 'ready': {
        const reason = machines.refusal(message.machine);
        if (reason !== undefined) return { type: 'refused', reason };
        machines.join(worker, message.machine);
        // Of before the controller was started again.
        this.offers.joined(worker);
        return { type: 'welcome' };
      }
      case 'unfit':
        this.options.onNotice?.(`${message.host} cannot take part: ${message.reason}`);
        return NOTED;
      case 'attend': {
        const news = await machines.attend(worker, message.seen, message.held);
        return news === undefined ? { type: 'unknown' } : { type: 'news', ...news };
      }
      case 'taken':
        return this.offers.take(worker, message.attempt);
      case 'report':
        this.hear(message);
        return this.offers.report(message);
      case 'ended':
        this.hear(message);
        await this.offers.end(message);
        return NOTED;
      case 'returned':
        await this.offers.giveAgain(worker, message.attempt);
        return NOTED;
      case 'said':
        this.hear(message);
        return NOTED;
      case 'bye':
        machines.leave(worker);
        return NOTED;
      case 'pages': {
        const pages = this.options.images?.pages(message.split);
        return pages === undefined ? NOTED : { type: 'pages', pages };
      }
      case 'entries': {
        const page = this.options.images?.entries(message.split, message.from);
        return page === undefined ? NOTED : { type: 'entries', page };
      }
      case 'who':
        return { type: 'present', study: this.options.study.name, machines: this.present() };
    }
  }

  private hear(message: Extract<WorkerMessage, { lines: string[] }>): void {
    const { worker, attempt } = message;
    const slot = attempt === undefined ? undefined : this.offers.slotOf(attempt);
    passOn(message, this.options, slot, this.machines.get(worker)?.facts.host ?? worker);
  }

  /** Looks whether all is as it should be. */
  private async look(): Promise<void> {
    await this.offers.look();
    if (!this.isClosed) await this.mark.set().catch((error: unknown) => this.options.link.problem(error));
  }
}

const NOTED: Answer = { type: 'noted' };
