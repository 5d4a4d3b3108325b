// Trains trials in the slots of other machines: the controller's side of a queue on Redis or PostgreSQL.
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { TrialRun, TrialRunner } from '../study/trial-runner.js';
import { messageOf } from '../study/errors.js';
import { within } from '../system/within.js';
import type { AnySplit } from '../images/indexing/image-index.js';
import { Claims } from './claims.js';
import type { JobConsumer, JobQueue, Processor } from './driver.js';
import type { QueueLink } from './link.js';
import { Untaken, lostAmong } from './lost-offers.js';
import { type Machine, Machines } from './machines.js';
import {
  type Answer,
  type Attempt,
  type EntriesPage,
  type EntryPages,
  type HeldTrial,
  OFFER,
  type PresentWorker,
  type StudyForWorkers,
  type WorkerMessage,
  readMessage,
} from './messages.js';
import { Offer } from './offer.js';
import { isForOthers } from './placement.js';
import { HELLO, marksOf, offersOf, reportsOf } from './queue-names.js';
import { SentBack } from './sent-back.js';
import { type SlotListeners, passOn } from './slot-listeners.js';
import { storable } from './storable.js';
import { StudyMark } from './study-mark.js';
import { welcomeTo } from './welcome.js';

export interface ClusterOptions extends SlotListeners {
  readonly link: QueueLink;
  readonly study: StudyForWorkers;
  /** A line for people: who comes, who goes, who is set aside. */
  readonly onNotice?: (line: string) => void;
  /** A worker has taken the trials of a slot. */
  readonly onPlaced?: (trials: readonly number[], slot: number, machine: Machine) => void;
  /** The study's images, for a worker whose images differ. */
  readonly images?: {
    readonly pages: (split: AnySplit) => EntryPages;
    readonly entries: (split: AnySplit, from: number) => EntriesPage;
  };
  readonly maxFailuresInARow?: number;
  /** A folder that workers who see the trials' folders see as well: whose they are. */
  readonly claims?: string;
  /** Slots that there are at least, with or without workers: trials wait in the queue. Default: 1. */
  readonly least?: 0 | 1;
}

/** Messages that are answered at once: each worker has a question open all the time, and each slot may have a report. */
const AT_ONCE = 5000;
/** Milliseconds in which a server that is there removes a job. */
const WITHDRAW = 1000;
/** Milliseconds in which it says that it gives no more of a queue's jobs. */
const CLOSE = 2000;
/** Milliseconds in which it removes all that is of a study. */
const CLEAR = 10_000;
/** Milliseconds that workers have to end trials that are all to end. */
const GRACE = 10_000;

/**
 * The controller offers trials as jobs, and any worker with an idle slot takes them. A worker that dies loses its job to another one, by
 * BullMQ's locks; which try counts follows from how often the server has given the job out. `slots` follows the workers that are there.
 */
export class ClusterRunner implements TrialRunner {
  readonly batches = true;
  readonly machines: Machines;
  private readonly offers = new Map<string, Offer>();
  /** Those that are kept from the machine that asked for them, and are offered again in a moment. */
  private readonly kept = new Set<Offer>();
  private readonly queue: JobQueue;
  private readonly reports: JobQueue;
  private readonly mark: StudyMark;
  /** Jobs of an earlier controller have ids of another session. */
  private readonly session = randomUUID().slice(0, 8);
  private readonly sentBack: SentBack;
  private readonly claims: Claims;
  private readonly untaken: Untaken;
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout;
  /** Reads what workers of the study say, and what those say that look for one. */
  private reporters: JobConsumer | undefined;
  private comers: JobConsumer | undefined;
  private offered = 0;
  private isClosed = false;

  private constructor(private readonly options: ClusterOptions) {
    const { link, study, onNotice, maxFailuresInARow } = options;
    this.machines = new Machines({
      pace: link.pace,
      maxFailuresInARow: Math.max(1, Math.min(3, maxFailuresInARow ?? 3)),
      onChange: () => this.listeners.forEach((listener) => listener()),
      onNotice: (line) => onNotice?.(line),
    });
    this.claims = new Claims(options.claims);
    this.untaken = new Untaken((line) => onNotice?.(line));
    this.sentBack = new SentBack(link.pace.adopt);
    this.queue = link.queue(offersOf(study.id));
    this.reports = link.queue(reportsOf(study.id));
    this.mark = new StudyMark(link.queue(marksOf(study.id)));
    this.timer = setInterval(() => void this.look(), link.pace.look);
    this.timer.unref();
  }

  /** Takes the link over. @throws HpoError ERR_QUEUE where the server takes no jobs. */
  static async open(options: ClusterOptions): Promise<ClusterRunner> {
    const runner = new ClusterRunner(options);
    const { link, study } = options;
    try {
      // What a killed controller had offered is offered again by this one.
      await runner.queue.drain();
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

  async run(trials: readonly TrialRun[], slot: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return trials.forEach(({ onEnd }) => onEnd(undefined));
    setMaxListeners(0, signal);
    const { trials: root } = this.options.study;
    const offer = new Offer({ slot, runs: trials, root, tell: (worker, item) => this.machines.tell(worker, item) });
    const end = (): void => {
      if (offer.worker === undefined) return offer.end();
      offer.tellEnd();
      setTimeout(() => offer.end(), GRACE).unref();
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      const kept = this.sentBack.claim(offer);
      if (kept !== undefined) this.place(offer, kept.worker, kept.attempt);
      // The server may be away: that keeps no trial from being ended.
      await Promise.race([kept === undefined ? this.give(offer) : undefined, offer.done]);
      await offer.done;
    } finally {
      signal.removeEventListener('abort', end);
      this.offers.delete(offer.job);
      this.claims.end(offer);
      await this.removeJob(offer);
    }
  }

  withdraw(): void {
    for (const offer of [...this.offers.values(), ...this.kept]) {
      const isTrained = offer.worker !== undefined && this.machines.get(offer.worker) !== undefined;
      if (!isTrained) offer.end();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    const { link } = this.options;
    // Whoever leaves looks for another study, and is not to find this one again.
    if (this.comers !== undefined) await within(this.comers.close(), CLOSE);
    this.machines.dismiss();
    await this.machines.untilAllHaveLeft(link.pace.leave);
    this.machines.close();
    this.sentBack.close();
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
      trials: [...this.offers.values()].filter((offer) => offer.worker === worker).flatMap(({ trials }) => trials),
    }));
  }

  /** Leaves nothing of the study on the server. */
  private async clear(): Promise<void> {
    // First, as they would leave keys of their own behind.
    await Promise.allSettled([this.reporters?.close(), this.comers?.close()]);
    await this.mark.remove().catch(() => {}); // it stays, as all else does
    await Promise.allSettled([this.queue.obliterate({ force: true }), this.reports.obliterate({ force: true })]);
  }

  /** Offers trials to all workers, under an id that nobody knows yet. */
  private async give(offer: Offer): Promise<void> {
    this.offers.delete(offer.job);
    this.kept.delete(offer);
    if (offer.isOver || offer.worker !== undefined || this.isClosed) return;
    offer.job = `${this.session}-${++this.offered}`;
    this.offers.set(offer.job, offer);
    await this.options.link.persistently(
      () => this.queue.add(OFFER, {}, { jobId: offer.job }),
      () => this.isClosed,
    );
  }

  /** So that nobody takes trials that have ended. Where somebody has, it is told that they concern it no more. */
  private async removeJob(offer: Offer): Promise<void> {
    if (offer.worker !== undefined) return;
    await within(this.queue.remove(offer.job), WITHDRAW);
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
        for (const offer of this.offers.values()) if (offer.worker === worker) this.placed(offer, worker, offer.trials);
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
        return this.take(worker, message.attempt);
      case 'report': {
        const { attempt, trial, report } = message;
        this.hear(message);
        const offer = await this.offerOf(message);
        if (offer?.isHeldBy(worker, attempt) === true) machines.trained(worker, report.seconds ?? 0);
        return offer === undefined ? { type: 'abandon' } : offer.report(worker, attempt, trial, report);
      }
      case 'ended':
        this.hear(message);
        await this.end(message);
        return NOTED;
      case 'returned':
        await this.giveAgain(worker, message.attempt);
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

  private take(worker: string, attempt: Attempt): Answer {
    const offer = this.offers.get(attempt.offer);
    if (offer === undefined) return { type: 'abandon' };
    const { link } = this.options;
    // Whoever has it lives, and only renewed its lock too late. If it dies after all, the offer is found to be lost.
    if (offer.isHeldByAnother(worker, attempt) && this.machines.isHeard(offer.worker, link.pace.lock / 2))
      return { type: 'abandon' };
    if (isForOthers(offer, worker, this.machines, this.offers.values())) {
      // Not at once: others are to have the chance to take it.
      setTimeout(() => void this.give(offer), link.pace.stalled / 5);
      this.offers.delete(offer.job);
      this.kept.add(offer);
      return { type: 'abandon' };
    }
    const answer = offer.take(worker, attempt);
    if (answer.type === 'train') this.claims.give(offer, attempt, answer.trials);
    if (answer.type === 'train') this.machines.hold(worker, offer.job);
    const taken = answer.type === 'train' ? answer.trials.map(({ trial }) => trial) : undefined;
    if (taken !== undefined) this.placed(offer, worker, taken);
    return answer;
  }

  private placed(offer: Offer, worker: string, trials: readonly number[]): void {
    const machine = this.machines.get(worker);
    if (machine === undefined) return;
    offer.place(machine.facts.kind);
    this.options.onPlaced?.(trials, offer.slot, machine);
  }

  private async end(message: Extract<WorkerMessage, { type: 'ended' }>): Promise<void> {
    const { worker, attempt, trial, outcome } = message;
    const offer = await this.offerOf(message);
    // Told twice, it counts once.
    if (offer === undefined || !offer.isHeldBy(worker, attempt) || !offer.has(trial)) return;
    const { doubted } = offer;
    const isFailed = outcome?.status === 'failed' && outcome.kind !== 'diverged';
    if (isFailed && this.machines.failed(worker, outcome, doubted !== undefined)) {
      offer.doubted = worker;
      return this.giveAgain(worker, attempt);
    }
    if (doubted !== undefined && this.machines.areApart(worker, doubted)) this.machines.tried(doubted, isFailed);
    this.machines.ended(worker, outcome);
    offer.ended(worker, attempt, trial, outcome);
  }

  private async giveAgain(worker: string, attempt: Attempt): Promise<void> {
    const offer = this.offers.get(attempt.offer);
    if (offer?.isHeldBy(worker, attempt) !== true) return;
    if (offer.release()) await this.give(offer);
  }

  private hear(message: Extract<WorkerMessage, { lines: string[] }>): void {
    const { worker, attempt } = message;
    const slot = attempt === undefined ? undefined : this.offers.get(attempt.offer)?.slot;
    passOn(message, this.options, slot, this.machines.get(worker)?.facts.host ?? worker);
  }

  /** The offer that an attempt is at; one from before the controller was started again is waited for. */
  private async offerOf({ worker, attempt, trials }: OfAttempt): Promise<Offer | undefined> {
    const offer = await this.foundOrAdopted(worker, attempt, trials);
    if (offer?.isContinuedBy(trials) !== false) return offer;
    await this.giveAgain(worker, attempt);
    return undefined;
  }

  private async foundOrAdopted(
    worker: string,
    attempt: Attempt,
    trials: readonly HeldTrial[],
  ): Promise<Offer | undefined> {
    const known = this.offers.get(attempt.offer);
    if (known !== undefined || attempt.offer.startsWith(`${this.session}-`)) return known;
    for (const offer of [...this.offers.values(), ...this.kept]) {
      if (offer.worker !== undefined || !offer.isOf(trials)) continue;
      if (!offer.isContinuedBy(trials)) return undefined;
      // One that is kept back has no job at the moment.
      const isWithdrawn = this.kept.delete(offer) || (await this.queue.remove(offer.job).catch(() => 0)) === 1;
      if (!isWithdrawn) return undefined;
      this.place(offer, worker, attempt);
      return offer;
    }
    return this.sentBack.wait(worker, attempt, trials);
  }

  private place(offer: Offer, worker: string, attempt: Attempt): void {
    this.offers.delete(offer.job);
    offer.adopt(worker, attempt);
    this.placed(offer, worker, offer.trials);
    this.offers.set(offer.job, offer);
  }

  /** Offers again what is lost, and tells people of what nobody takes. */
  private async look(): Promise<void> {
    const offers = [...this.offers.values()];
    this.untaken.look(offers, this.machines);
    if (!this.isClosed) await this.mark.set().catch((error: unknown) => this.options.link.problem(error));
    const lost = lostAmong(offers, this.queue, this.machines, (error) => this.options.link.problem(error));
    for await (const offer of lost) if (offer.release()) await this.give(offer);
  }
}

type OfAttempt = Extract<WorkerMessage, { type: 'report' | 'ended' }>;

const NOTED: Answer = { type: 'noted' };
