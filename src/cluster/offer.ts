// Trials that the controller has given out: offered to all workers, taken by one of them, and fenced against what earlier ones still say.
import { relative, sep } from 'node:path';
import type { MachineKind } from '../study/machine-kind.js';
import type { TrialRun, Verdict } from '../study/trial-runner.js';
import type { Outcome, Report } from '../study/trial.js';
import { digestOf } from './digest.js';
import type { Answer, Attempt, HeldTrial, News, SentAssignment } from './messages.js';

interface OpenTrial {
  readonly run: TrialRun;
  /** Epochs that the study knows. */
  reported: number;
  /** The answer to its latest report: the same however often that is told. */
  latest?: { readonly epoch: number; readonly verdict: Promise<Verdict> };
  /** Whether a verdict has ended it. */
  isFinal: boolean;
}

interface Holder {
  readonly worker: string;
  readonly attempt: Attempt;
}

export interface OfferOptions {
  readonly slot: number;
  readonly runs: readonly TrialRun[];
  /** Where trials have their folders. */
  readonly root: string;
  readonly tell: (worker: string, item: News) => void;
}

const ABANDON: Answer = { type: 'abandon' };

export class Offer {
  /** Resolves when every trial has ended; rejects where a report could not be taken. */
  readonly done: Promise<void>;
  /** Of the job by which it is offered, or by which the worker has it. */
  job = '';
  /** A machine on which it failed, and which may be to blame: another one is to try. */
  doubted: string | undefined;
  /** How often it was kept for a machine of the kind that has trained it so far. */
  kept = 0;
  private holder: Holder | undefined;
  private kind: MachineKind | undefined;
  private readonly open: Map<number, OpenTrial>;
  private finish: () => void = () => {};
  private fail: (error: unknown) => void = () => {};
  private close: () => void = () => {};
  private readonly closed: Promise<'closed'>;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly options: OfferOptions) {
    this.open = new Map(
      options.runs.map((run) => [run.assignment.trial, { run, reported: run.assignment.reported, isFinal: false }]),
    );
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.closed = new Promise((resolve) => (this.close = () => resolve('closed')));
    for (const { signal, assignment } of options.runs) {
      const giveUp = (): void => this.tellHolder((attempt) => ({ type: 'giveUp', attempt, trial: assignment.trial }));
      signal.addEventListener('abort', giveUp, { once: true });
      this.listeners.push(() => signal.removeEventListener('abort', giveUp));
    }
  }

  get slot(): number {
    return this.options.slot;
  }

  get worker(): string | undefined {
    return this.holder?.worker;
  }

  /** Those that have not ended. */
  get trials(): number[] {
    return [...this.open.keys()];
  }

  /** Of those, below the folder of trials. */
  get folders(): string[] {
    return [...this.open.values()].map(({ run }) => this.folderOf(run));
  }

  get isOver(): boolean {
    return this.open.size === 0;
  }

  /** Whether the trial has not ended. */
  has(trial: number): boolean {
    return this.open.has(trial);
  }

  /** Whether these are the numbers of the trials that have not ended. */
  isOf(trials: readonly HeldTrial[]): boolean {
    return trials.length === this.open.size && trials.every(({ trial }) => this.open.has(trial));
  }

  /**
   * Whether what a worker has goes on from what the study knows. A study that lost its latest events, as in a power cut, may have drawn
   * other parameters since, or know fewer epochs than the worker was answered. Trials that have ended do not count.
   */
  isContinuedBy(trials: readonly HeldTrial[]): boolean {
    return trials.every(({ trial, digest, reported }) => {
      const known = this.open.get(trial);
      return known === undefined || (digestOf(known.run.assignment) === digest && reported <= known.reported);
    });
  }

  /** A worker has it from now on, unless a later one does already. */
  take(worker: string, attempt: Attempt): Answer {
    if (attempt.offer !== this.job || this.isOlder(attempt)) return ABANDON;
    if (!this.isHeldBy(worker, attempt)) {
      this.holder = { worker, attempt };
      this.settleFinal();
    }
    if (this.isOver) return ABANDON;
    return { type: 'train', trials: [...this.open.values()].map((trial) => this.assignmentOf(trial)) };
  }

  /** The worker has had it since before the controller was started again. */
  adopt(worker: string, attempt: Attempt): void {
    this.job = attempt.offer;
    this.holder = { worker, attempt };
  }

  /** The kind of machine that has trained it so far; undefined where no epoch would be trained on another one. */
  get trainedOn(): MachineKind | undefined {
    const begun = [...this.open.values()].filter(({ reported }) => reported > 0);
    return begun.length === 0 ? undefined : (this.kind ?? begun[0]?.run.trainedOn);
  }

  /** It is on a machine of this kind. */
  place(kind: MachineKind): void {
    this.kind = kind;
    for (const { run } of this.open.values()) run.onPlaced?.(kind);
  }

  /** Nobody has it any more. @returns whether there is anything left to train. */
  release(): boolean {
    this.holder = undefined;
    this.settleFinal();
    return this.open.size > 0;
  }

  async report(worker: string, attempt: Attempt, trial: number, report: Report): Promise<Answer> {
    const found = this.open.get(trial);
    if (!this.isHeldBy(worker, attempt) || found === undefined) return ABANDON;
    if (found.latest?.epoch !== report.epoch) {
      found.latest = { epoch: report.epoch, verdict: this.verdictOn(found, report) };
    }
    const verdict = await Promise.race([found.latest.verdict, this.closed]).catch((error: unknown) => {
      this.end(error);
      return 'closed' as const;
    });
    return verdict === 'closed' || !this.isHeldBy(worker, attempt) ? ABANDON : { type: 'verdict', verdict };
  }

  /** @returns whether it counts: it does once, and only from who has the trial. */
  ended(worker: string, attempt: Attempt, trial: number, outcome: Outcome | undefined): boolean {
    if (!this.isHeldBy(worker, attempt) || !this.open.has(trial)) return false;
    this.leave(trial, outcome);
    return true;
  }

  isHeldBy(worker: string, { offer, start }: Attempt): boolean {
    const { holder } = this;
    return holder?.worker === worker && holder.attempt.offer === offer && holder.attempt.start === start;
  }

  isHeldByAnother(worker: string, attempt: Attempt): boolean {
    return this.holder !== undefined && !this.isHeldBy(worker, attempt);
  }

  /** Whoever has it is to end at once. */
  tellEnd(): void {
    this.tellHolder((attempt) => ({ type: 'end', attempt }));
  }

  /** Ends every trial that has not ended; with an error, `done` rejects. */
  end(...error: readonly [unknown?]): void {
    if (error.length > 0) this.fail(error[0]);
    if (error.length > 0) this.tellEnd();
    for (const trial of [...this.open.keys()]) this.leave(trial, undefined);
    this.close();
  }

  private async verdictOn(trial: OpenTrial, report: Report): Promise<Verdict> {
    const verdict = await trial.run.onReport(report);
    trial.reported = Math.max(trial.reported, report.epoch);
    if (verdict !== 'continue') trial.isFinal = true;
    return verdict;
  }

  /** What a verdict has ended is over, also where its worker could no longer say so. */
  private settleFinal(): void {
    for (const [number, trial] of [...this.open]) if (trial.isFinal) this.leave(number, undefined);
  }

  private leave(number: number, outcome: Outcome | undefined): void {
    const trial = this.open.get(number);
    this.open.delete(number);
    trial?.run.onEnd(outcome);
    if (this.open.size > 0) return;
    for (const remove of this.listeners.splice(0)) remove();
    this.close();
    this.finish();
  }

  private isOlder({ start }: Attempt): boolean {
    return this.holder !== undefined && start < this.holder.attempt.start;
  }

  private tellHolder(itemOf: (attempt: Attempt) => News): void {
    if (this.holder !== undefined) this.options.tell(this.holder.worker, itemOf(this.holder.attempt));
  }

  private assignmentOf({ run, reported }: OpenTrial): SentAssignment {
    const { trial, parameters, source, fold, seed, apart } = run.assignment;
    return {
      ...{ trial, parameters, seed, reported, digest: digestOf(run.assignment) },
      folder: this.folderOf(run),
      ...(source === undefined ? {} : { source }),
      ...(fold === undefined ? {} : { fold }),
      ...(apart === undefined ? {} : { apart }),
      ...(run.signal.aborted ? { givenUp: true as const } : {}),
    };
  }

  private folderOf({ assignment }: TrialRun): string {
    return relative(this.options.root, assignment.directory).split(sep).join('/');
  }
}
