// A worker of a study: takes trials from the queue, one job for each idle slot, trains them in slots of this machine, and leaves when it is told to.
import type { TrialRunner } from '../study/trial-runner.js';
import { within } from '../system/within.js';
import type { JobConsumer, JobQueue } from './driver.js';
import { type QueueLink, removeEmpty } from './link.js';
import type { Attempt, MachineFacts, MeasuredSlot, News } from './messages.js';
import { type Gone, PatientTrips } from './patient-trips.js';
import { offersOf, reportsOf } from './queue-names.js';
import { RoundTrips } from './round-trips.js';
import { type Said, type TakenOptions, TakenTrials } from './taken-trials.js';
import { UntoldLines } from './untold-lines.js';

export interface ServeOptions {
  readonly link: QueueLink;
  /** The study's id. */
  readonly study: string;
  /** This worker's id, drawn anew for every process and study. */
  readonly worker: string;
  readonly machine: MachineFacts;
  readonly runner: TrialRunner;
  readonly folderOf: (folder: string) => string;
  readonly claimOf?: TakenOptions['claimOf'];
  readonly onOver?: (folder: string) => void;
  /** Aborted: the running epochs end, and the trials go to others. */
  readonly leave?: AbortSignal;
  /** Aborted: the trials go to others at once. */
  readonly leaveNow?: AbortSignal;
}

/** Why a worker no longer serves a study. */
export type ServeEnd =
  | Gone
  /** The study does not want it. */
  | { readonly type: 'dismissed'; readonly reason: string }
  | { readonly type: 'left' };

/** Milliseconds in which lines of trainers are gathered. */
const GATHER = 50;
/** Milliseconds that a leaving worker waits for the last answers. */
const LAST = 3000;

export class TrialServer {
  private readonly trips: RoundTrips;
  private readonly questions: PatientTrips;
  private readonly idle: number[];
  private readonly taken = new Map<number, TakenTrials>();
  /** Jobs that the server has given to it and that are not over: a job twice, where the server took it for lost meanwhile. */
  private readonly held = new Set<Attempt>();
  private consumer: JobConsumer | undefined;
  private readonly offers: JobQueue;
  private readonly lines = new UntoldLines();
  private readonly warnings = new UntoldLines();
  private measured: MeasuredSlot[] = [];
  private gathering: NodeJS.Timeout | undefined;
  /** What was said last, until the controller has heard it: more is not said before. */
  private saying: Promise<unknown> | undefined;
  private finish: (end: ServeEnd) => void = () => {};
  private fail: (error: unknown) => void = () => {};
  private isLeaving = false;
  /** Aborted: nobody answers, or what is answered cannot be read. */
  private readonly hopeless = new AbortController();

  constructor(private readonly options: ServeOptions) {
    const { link, study, machine } = options;
    this.trips = new RoundTrips(link, reportsOf(study), { leavesNothing: true });
    this.offers = link.queue(offersOf(study));
    this.questions = new PatientTrips({
      ...{ link, study, trips: this.trips },
      held: () => this.jobs,
      isOffered: async (job) => (await this.offers.getJob(job)) !== undefined,
      isIndifferent: () => this.hopeless.signal.aborted || (this.isLeaving && this.held.size === 0),
      onGone: (gone) => this.giveUp(() => this.finish(gone)),
    });
    this.idle = Array.from({ length: machine.slots }, (_, slot) => slot);
  }

  /** For the runner. */
  log(slot: number, line: string): void {
    this.lines.add(slot, line);
    this.gather();
  }

  /** For the runner. */
  warn(message: string): void {
    this.warnings.add(0, message);
    this.gather();
  }

  /** For whoever measures the slots. */
  measure(measured: MeasuredSlot): void {
    if (!this.taken.has(measured.slot)) return;
    this.measured = [...this.measured.filter(({ slot }) => slot !== measured.slot), measured];
    this.gather();
  }

  /** Serves the study until it is over, or the worker leaves. */
  async serve(): Promise<ServeEnd> {
    const { link, study, machine, leave, leaveNow } = this.options;
    const ended = new Promise<ServeEnd>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    ended.catch(() => {}); // awaited below
    const onLeave = (): void => this.leave({ type: 'left' }, leaveNow?.aborted === true);
    leave?.addEventListener('abort', onLeave);
    leaveNow?.addEventListener('abort', onLeave);
    try {
      const isReady = Promise.all([this.trips.waitUntilReady(), this.offers.waitUntilReady()]);
      await Promise.race([isReady.then(() => this.present()), ended, aborted(leave)]);
      if (leave?.aborted === true) return { type: 'left' };
      if (this.isLeaving) return await ended;
      this.consumer = link.consume(offersOf(study), (job) => this.take(job.id ?? '', job.attemptsStarted), {
        concurrency: machine.slots,
        worker: `${machine.host}/${machine.pid}`,
      });
      void this.attend();
      return await ended;
    } finally {
      leave?.removeEventListener('abort', onLeave);
      leaveNow?.removeEventListener('abort', onLeave);
      clearTimeout(this.gathering);
      await this.close();
    }
  }

  private async take(offer: string, start: number): Promise<void> {
    const { runner, worker, folderOf, claimOf, onOver } = this.options;
    const attempt: Attempt = { offer, start };
    const slot = this.idle.shift();
    if (slot === undefined) throw new Error('expected an idle slot');
    this.held.add(attempt);
    try {
      const answer = await this.trips.ask({ type: 'taken', worker, attempt, slot });
      if (answer.type !== 'train') return;
      const { trials } = answer;
      const taken = new TakenTrials({
        ...{ trips: this.trips, worker, attempt, trials, slot, runner, folderOf, claimOf },
        said: () => this.saidIn(slot),
        onOver: (folder) => onOver?.(folder),
      });
      this.taken.set(slot, taken);
      if (this.isLeaving) taken.giveBack(true);
      this.share();
      await taken.train();
      this.say();
    } catch (error) {
      this.breakOff(error);
    } finally {
      this.held.delete(attempt);
      this.taken.delete(slot);
      this.idle.push(slot);
      this.idle.sort((a, b) => a - b);
      this.share();
    }
  }

  /** Says that it is here, and with what. @returns whether the controller wants that. */
  private async present(): Promise<boolean> {
    const { worker, machine } = this.options;
    const answer = await this.questions.ask({ type: 'ready', worker, machine });
    if (answer.type !== 'refused') return true;
    this.leave({ type: 'dismissed', reason: answer.reason }, false);
    return false;
  }

  /** Trials that run use the cores of idle slots. */
  private share(): void {
    const { runner } = this.options;
    runner.shareCores?.(this.taken.size === 0 ? 1 : runner.slots / this.taken.size);
  }

  /** Asks for news as long as it serves or ends trials; the open question is also the sign that it lives. */
  private async attend(): Promise<void> {
    const { worker } = this.options;
    let seen = 0;
    try {
      // One more question at the end would stay behind where the study is being cleared away.
      while (!this.isLeaving || this.held.size > 0) {
        const answer = await this.questions.ask({ type: 'attend', worker, seen, held: this.jobs });
        if (answer.type === 'unknown') {
          seen = 0;
          // Whoever is refused stays unknown; its trials end without news.
          if (!(await this.present())) return;
        } else if (answer.type === 'news') {
          for (const item of answer.items) this.apply(item);
          seen = answer.turn;
        }
      }
    } catch (error) {
      this.breakOff(error);
    }
  }

  private apply(item: News): void {
    if (item.type === 'leave') {
      const { reason } = item;
      return this.leave(reason === undefined ? { type: 'over' } : { type: 'dismissed', reason }, false);
    }
    const { offer, start } = item.attempt;
    for (const taken of this.taken.values()) {
      if (taken.attempt.offer !== offer || taken.attempt.start !== start) continue;
      if (item.type === 'giveUp') taken.giveUp(item.trial);
      else taken.end();
    }
  }

  private get jobs(): string[] {
    return [...new Set([...this.held].map(({ offer }) => offer))];
  }

  /** Something went wrong that cannot be mended here, such as an answer that cannot be read: others are to have the trials. */
  private breakOff(error: unknown): void {
    if (!this.isLeaving) this.giveUp(() => this.fail(error));
  }

  private giveUp(finish: () => void): void {
    for (const taken of this.taken.values()) taken.abandon();
    this.isLeaving = true;
    this.hopeless.abort();
    finish();
  }

  private leave(end: ServeEnd, now: boolean): void {
    this.isLeaving = true;
    for (const taken of this.taken.values()) taken.giveBack(now);
    this.finish(end);
  }

  /** Waits for what is trained to end, unless that is to happen now or nobody wants it. */
  private async close(): Promise<void> {
    const { worker } = this.options;
    const { signal: hopeless } = this.hopeless;
    // A controller may be gone also while the last trials end.
    if (!hopeless.aborted) await Promise.race([this.endJobs(), aborted(hopeless)]);
    this.say();
    if (!hopeless.aborted) await within(this.allIsSaid(), LAST);
    const isAnswered = await within(this.trips.ask({ type: 'bye', worker }), LAST);
    const isAlone = !isAnswered && (await this.isAlone());
    // Trials that wait for an answer end by it.
    await this.trips.close();
    if (hopeless.aborted) await this.endJobs();
    if (isAlone) await within(removeEmpty(this.offers), LAST);
    await within(this.offers.close(), LAST);
  }

  /** Whether no controller is there that could offer trials at the same moment. */
  private async isAlone(): Promise<boolean> {
    const alone = this.trips.isRead().then(
      (isRead) => !isRead,
      () => false,
    );
    return Promise.race([alone, delay(LAST).then(() => false)]);
  }

  private async endJobs(): Promise<void> {
    const { consumer } = this;
    const { leaveNow } = this.options;
    if (consumer === undefined) return;
    await Promise.race([consumer.close(), aborted(leaveNow).then(() => delay(LAST))]);
    if (leaveNow?.aborted === true) void consumer.close(true).catch(() => {});
  }

  private async allIsSaid(): Promise<void> {
    while (this.saying !== undefined) await this.saying;
  }

  private gather(): void {
    this.gathering ??= setTimeout(() => this.say(), GATHER);
  }

  /** Takes what was said in a slot; warnings are of the study, whatever slot they come from. */
  private saidIn(slot: number): Said {
    return { warnings: this.warnings.take(0), lines: this.lines.take(slot) };
  }

  private say(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.saying !== undefined) return;
    const { worker } = this.options;
    const { measured, taken } = this;
    this.measured = [];
    const slots = new Set([...this.lines.slots, ...measured.map(({ slot }) => slot)]);
    // A warning needs no slot.
    if (slots.size === 0 && this.warnings.slots.length > 0) slots.add(0);
    if (slots.size === 0) return;
    const said = [...slots].map((slot) => {
      const attempt = taken.get(slot)?.attempt;
      const of = measured.filter((one) => one.slot === slot);
      const message = { type: 'said' as const, worker, ...this.saidIn(slot), measured: of };
      return this.trips.ask(attempt === undefined ? message : { ...message, attempt });
    });
    this.saying = Promise.allSettled(said).then(() => {
      this.saying = undefined;
      this.say();
    });
  }
}

export function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
