// What a slot is at: the trials of one task, their reports and verdicts, their silences, and the ways to end them early.
import type { TrialRun, Verdict } from '../../study/trial-runner.js';
import type { Failure, Outcome, Report } from '../../study/trial.js';
import type { Thread } from '../thread/thread.js';
import type { EpochLimits, EpochPlace } from './epoch-limits.js';
import { SilenceWatch } from './silence-watch.js';

export interface SlotTaskOptions {
  /** Names the task to whoever trains. */
  readonly number: number;
  readonly runs: readonly TrialRun[];
  readonly limits: EpochLimits;
  readonly thread: Pick<Thread, 'tell'>;
  /** Whether a child process trains: the thread ends that, and lives on. */
  readonly hasChild: boolean;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
}

/** Milliseconds that a trainer has to end by itself once its signal has fired. */
const GRACE = 500;
/** Milliseconds in which a thread must have ended its child. */
const CHILD_DEADLINE = 5000;

export class SlotTask {
  /** Rejects when the thread has to be ended for the trials to end. */
  readonly forced: Promise<never>;
  private force: (reason: Error) => void = () => {};
  /** Resolves when every message of the task has come. */
  readonly told: Promise<void>;
  finish: () => void = () => {};
  private readonly open: Map<number, TrialRun>;
  /** Trials that a verdict ended: what goes wrong after it no longer concerns them. */
  private readonly final = new Set<number>();
  private readonly silence = new SilenceWatch();
  private epochBegan = 0;
  private place: EpochPlace = 'first';
  private deadline: NodeJS.Timeout | undefined;
  private training = true;
  private abortIsTold = false;
  /** Set once the study's side has ended the task: what came of trials that did not end by themselves. */
  private studyEnd: { readonly outcome: Outcome | undefined; readonly error?: unknown } | undefined;
  private readonly abort = (): void => this.end({ outcome: undefined });

  constructor(private readonly options: SlotTaskOptions) {
    const { runs, signal, limits } = options;
    this.forced = new Promise((_, reject) => (this.force = reject));
    this.forced.catch(() => {}); // it may come when nobody waits any more
    this.told = new Promise((resolve) => (this.finish = resolve));
    this.open = new Map(runs.map((run) => [run.assignment.trial, run]));
    signal.addEventListener('abort', this.abort, { once: true });
    for (const run of runs) run.signal.addEventListener('abort', this.noticeGivenUp, { once: true });
    this.noticeGivenUp();
    this.watch(limits.loading);
  }

  /** Trials that the slot trains right now. */
  get size(): number {
    return this.open.size;
  }

  /** Whether it is the trainer's turn. */
  get isTraining(): boolean {
    return this.training;
  }

  /** The trainer is loaded, and has the trials. */
  begin(): void {
    if (this.studyEnd === undefined) this.watch(this.options.limits.of('first'));
  }

  /** A sign of life other than a report. */
  hear(): void {
    this.silence.hear();
  }

  async receive(trial: number, report: Report): Promise<void> {
    const { limits } = this.options;
    this.silence.stop();
    this.training = false;
    limits.learn(this.place, performance.now() - this.epochBegan);
    this.place = 'later';
    const run = this.open.get(trial);
    // A report that was on its way when the task was ended is not asked about.
    if (this.studyEnd !== undefined || run === undefined) return this.reply('stop');
    try {
      const verdict = await run.onReport(report);
      if (verdict !== 'continue') this.final.add(trial);
      if (this.hasEnded()) return; // the trainer was answered then
      this.reply(verdict);
      this.watch(limits.of('later'));
    } catch (error) {
      this.end({ outcome: undefined, error });
    }
  }

  /** The trial is over, by itself or by a verdict. What a trainer says that was told to end is settled with the task. */
  ended(trial: number, outcome: Outcome | undefined): void {
    if (outcome === undefined && this.studyEnd !== undefined) return;
    this.leave(trial, outcome);
    this.noticeGivenUp();
  }

  /**
   * The task is over.
   * @param failure what ended whoever trained.
   * @returns the trials of several that it took with it; which of them was to blame shows when they are trained in turns.
   * @throws what an `onReport` threw.
   */
  settle(failure: Failure | undefined): readonly TrialRun[] {
    this.close();
    const { studyEnd } = this;
    if (studyEnd !== undefined && 'error' in studyEnd) throw studyEnd.error;
    const outcome = studyEnd === undefined ? failure : studyEnd.outcome;
    const left: TrialRun[] = [];
    for (const [trial, run] of [...this.open]) {
      if (this.final.has(trial)) {
        if (studyEnd === undefined && failure !== undefined) {
          this.options.onLog(`the trainer failed while it was being ended: ${failure.message}`);
        }
        this.leave(trial, undefined);
      } else if (outcome === undefined || this.options.runs.length === 1) this.leave(trial, outcome);
      else left.push(run);
    }
    return left;
  }

  private hasEnded(): boolean {
    return this.studyEnd !== undefined;
  }

  private reply(verdict: Verdict): void {
    this.options.thread.tell({ type: 'verdict', verdict });
    this.training = true;
  }

  private leave(trial: number, outcome: Outcome | undefined): void {
    const run = this.open.get(trial);
    this.open.delete(trial);
    run?.signal.removeEventListener('abort', this.noticeGivenUp);
    run?.onEnd(outcome);
  }

  private close(): void {
    this.silence.stop();
    this.training = false;
    clearTimeout(this.deadline);
    this.options.signal.removeEventListener('abort', this.abort);
    for (const { signal } of this.open.values()) signal.removeEventListener('abort', this.noticeGivenUp);
  }

  private watch(limit: number): void {
    this.epochBegan = performance.now();
    this.silence.start(limit, () => {
      const message = `no report within ${Math.round(limit / 100) / 10} s (resources.epochTimeout)`;
      this.end({ outcome: { status: 'failed', kind: 'timed-out', message, fault: 'chance' } });
    });
  }

  /** Fires the trainer's signal once all of its trials are given up. Until they end they are as other trials. */
  private readonly noticeGivenUp = (): void => {
    if (this.open.size > 0 && [...this.open.values()].every(({ signal }) => signal.aborted)) this.tellAbort();
  };

  private tellAbort(): void {
    if (this.abortIsTold) return;
    this.abortIsTold = true;
    this.options.thread.tell({ type: 'abort', task: this.options.number });
  }

  /** The trainer is asked first, by its signal; then its child or thread is ended. */
  private end(end: NonNullable<SlotTask['studyEnd']>): void {
    if (this.studyEnd !== undefined) return;
    this.studyEnd = end;
    this.silence.stop();
    this.tellAbort();
    if (!this.training) this.reply('stop');
    this.deadline = setTimeout(() => {
      const force = (): void => this.force(new Error('the trainer did not end when its signal fired'));
      if (!this.options.hasChild) return force();
      this.options.thread.tell({ type: 'end' });
      this.deadline = setTimeout(force, CHILD_DEADLINE);
    }, GRACE);
  }
}
