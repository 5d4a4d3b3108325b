// The trials that are offered to all workers: each is taken by one of them, reported on and ended by it, and offered again where it is lost.
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { TrialRun } from '../study/trial-runner.js';
import { within } from '../system/within.js';
import { Claims } from './claims.js';
import type { JobQueue } from './driver.js';
import type { QueueLink } from './link.js';
import { Untaken, lostAmong } from './lost-offers.js';
import type { Machine, Machines } from './machines.js';
import { type Answer, type Attempt, type HeldTrial, OFFER, type WorkerMessage } from './messages.js';
import { Offer } from './offer.js';
import { isForOthers } from './placement.js';
import { offersOf } from './queue-names.js';
import { SentBack } from './sent-back.js';

export interface OffersOptions {
  readonly link: QueueLink;
  /** The study's id. */
  readonly study: string;
  /** Where trials have their folders. */
  readonly root: string;
  readonly machines: Machines;
  /** A line for people. */
  readonly onNotice?: ((line: string) => void) | undefined;
  /** A worker has taken the trials of a slot. */
  readonly onPlaced?: ((trials: readonly number[], slot: number, machine: Machine) => void) | undefined;
  /** A folder that workers who see the trials' folders see as well: whose they are. */
  readonly claims?: string | undefined;
}

type OfAttempt = Extract<WorkerMessage, { type: 'report' | 'ended' }>;

/** Milliseconds in which a server that is there removes a job. */
const WITHDRAW = 1000;
/** Milliseconds that workers have to end trials that are all to end. */
const GRACE = 10_000;

export class Offers {
  private readonly offers = new Map<string, Offer>();
  /** Those that are kept from the machine that asked for them, and are offered again in a moment. */
  private readonly kept = new Set<Offer>();
  private readonly queue: JobQueue;
  /** Jobs of an earlier controller have ids of another session. */
  private readonly session = randomUUID().slice(0, 8);
  private readonly sentBack: SentBack;
  private readonly claims: Claims;
  private readonly untaken: Untaken;
  private offered = 0;
  private isClosed = false;

  constructor(private readonly options: OffersOptions) {
    const { link, study, onNotice } = options;
    this.claims = new Claims(options.claims);
    this.untaken = new Untaken((line) => onNotice?.(line));
    this.sentBack = new SentBack(link.pace.adopt);
    this.queue = link.queue(offersOf(study));
  }

  /** What a killed controller had offered is offered again by this one. */
  async open(): Promise<void> {
    await this.queue.drain();
  }

  /** Offers no more. */
  stop(): void {
    this.isClosed = true;
  }

  /** No worker comes back any more with trials from before a restart. */
  close(): void {
    this.sentBack.close();
  }

  /** Leaves no job on the server. */
  async clear(): Promise<void> {
    await this.queue.obliterate({ force: true });
  }

  /** Resolves when the trials have ended. */
  async run(trials: readonly TrialRun[], slot: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return trials.forEach(({ onEnd }) => onEnd(undefined));
    setMaxListeners(0, signal);
    const { root, machines } = this.options;
    const offer = new Offer({ slot, runs: trials, root, tell: (worker, item) => machines.tell(worker, item) });
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

  /** Ends those that nobody trains. */
  withdraw(): void {
    for (const offer of [...this.offers.values(), ...this.kept]) {
      const isTrained = offer.worker !== undefined && this.machines.get(offer.worker) !== undefined;
      if (!isTrained) offer.end();
    }
  }

  /** Trials that a worker has. */
  trialsAt(worker: string): number[] {
    return this.at(worker).flatMap(({ trials }) => trials);
  }

  /** A worker that had trials before the controller was started again is there. */
  joined(worker: string): void {
    for (const offer of this.at(worker)) this.placed(offer, worker, offer.trials);
  }

  /** The study's slot of an attempt; undefined where it is of no trial that is trained now. */
  slotOf(attempt: Attempt): number | undefined {
    return this.offers.get(attempt.offer)?.slot;
  }

  take(worker: string, attempt: Attempt): Answer {
    const offer = this.offers.get(attempt.offer);
    if (offer === undefined) return { type: 'abandon' };
    const { link } = this.options;
    // Whoever has it lives, and only renewed its lock too late. If it dies after all, the offer is found to be lost.
    if (offer.isHeldByAnother(worker, attempt) && this.machines.isHeard(offer.worker, link.pace.lock / 2))
      return { type: 'abandon' };
    if (isForOthers(offer, worker, this.machines, this.offers.values())) {
      // Not at once: others are to have the chance to take it. A worker that had it before a restart may report meanwhile.
      setTimeout(() => {
        if (this.kept.has(offer)) void this.give(offer);
      }, link.pace.stalled / 5);
      this.offers.delete(offer.job);
      this.kept.add(offer);
      return { type: 'abandon' };
    }
    const answer = offer.take(worker, attempt);
    if (answer.type === 'train') this.claims.give(offer, attempt);
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

  async end(message: Extract<WorkerMessage, { type: 'ended' }>): Promise<void> {
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

  /** Its worker has it no more. */
  async giveAgain(worker: string, attempt: Attempt): Promise<void> {
    const offer = this.offers.get(attempt.offer);
    if (offer?.isHeldBy(worker, attempt) !== true) return;
    if (offer.release()) await this.give(offer);
  }

  async report(message: Extract<WorkerMessage, { type: 'report' }>): Promise<Answer> {
    const { worker, attempt, trial, report } = message;
    const offer = await this.offerOf(message);
    if (offer?.isHeldBy(worker, attempt) === true) this.machines.trained(worker, report.seconds ?? 0);
    return offer === undefined ? { type: 'abandon' } : offer.report(worker, attempt, trial, report);
  }

  /** Offers again what is lost, and tells people of what nobody takes. */
  async look(): Promise<void> {
    const offers = [...this.offers.values()];
    this.untaken.look(offers, this.machines);
    const lost = lostAmong(offers, this.queue, this.machines, (error) => this.options.link.problem(error));
    for await (const offer of lost) if (offer.release()) await this.give(offer);
  }

  private at(worker: string): Offer[] {
    return [...this.offers.values()].filter((offer) => offer.worker === worker);
  }

  private get machines(): Machines {
    return this.options.machines;
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
      // Another report of the same attempt may have come first, or the trials have ended.
      const placed = this.offers.get(attempt.offer);
      if (placed !== undefined || !isWithdrawn || offer.isOver) return placed;
      this.place(offer, worker, attempt);
      return offer;
    }
    return this.sentBack.wait(worker, attempt, trials);
  }

  private place(offer: Offer, worker: string, attempt: Attempt): void {
    this.offers.delete(offer.job);
    offer.adopt(worker, attempt);
    this.claims.give(offer, attempt);
    this.placed(offer, worker, offer.trials);
    this.offers.set(offer.job, offer);
  }
}
