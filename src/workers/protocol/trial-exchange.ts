// What passes between a trial and the study while it trains: reports and decisions, its silences, and the ways to end it early.
import type { Decision } from '../../study/trial-runner.js';
import type { Report } from '../../study/trial.js';
import type { EpochLimits, EpochPlace } from '../slot/epoch-limits.js';
import { SilenceWatch } from '../slot/silence-watch.js';
import type { Thread } from '../thread/thread.js';

/** Why the study's side ended the trial. */
export type Ending =
  | { readonly why: 'aborted' }
  /** The study could not take a report. */
  | { readonly why: 'refused'; readonly error: unknown }
  /** No sign of life within so many milliseconds. */
  | { readonly why: 'silent'; readonly limit: number };

export interface ExchangeOptions {
  readonly onReport: (trial: number, report: Report) => Decision | Promise<Decision>;
  /** Whether several trials are trained at once: no decision ends them all. */
  readonly isShared: boolean;
  readonly limits: EpochLimits;
  readonly thread: Pick<Thread, 'tell'>;
  /** Whether a child process trains: the thread ends that, and lives on. */
  readonly hasChild: boolean;
  readonly signal: AbortSignal;
}

/** Milliseconds in which a thread must have ended its child. */
const CHILD_DEADLINE = 5000;

export class TrialExchange {
  /** Rejects when the thread has to be ended for the trial to end. */
  readonly forced: Promise<never>;
  private force: (reason: Error) => void = () => {};
  /** Resolves when every message of the task has come. */
  readonly told: Promise<void>;
  finish: () => void = () => {};
  private readonly silence = new SilenceWatch();
  private epochBegan = 0;
  private place: EpochPlace = 'first';
  private deadline: NodeJS.Timeout | undefined;
  private why: Ending | undefined;
  private final: 'stopped' | 'suspended' | undefined;
  private training = true;
  private readonly abort = (): void => this.end({ why: 'aborted' });

  constructor(private readonly options: ExchangeOptions) {
    this.forced = new Promise((_, reject) => (this.force = reject));
    this.forced.catch(() => {}); // it may come when nobody waits any more
    this.told = new Promise((resolve) => (this.finish = resolve));
    options.signal.addEventListener('abort', this.abort, { once: true });
    this.watch(options.limits.loading);
  }

  /** The trainer is loaded, and has the trial. */
  begin(): void {
    if (this.why === undefined) this.watch(this.options.limits.of('first'));
  }

  get ending(): Ending | undefined {
    return this.why;
  }

  /** The decision that ended the trial; what goes wrong after it no longer concerns the trial. */
  get decided(): 'stopped' | 'suspended' | undefined {
    return this.final;
  }

  /** Whether it is the trainer's turn. */
  get isTraining(): boolean {
    return this.training;
  }

  /** A sign of life other than a report. */
  hear(): void {
    this.silence.hear();
  }

  receive(trial: number, report: Report): void {
    if (this.why !== undefined) return; // it was on its way when the trial was ended
    const { limits, onReport, thread, isShared } = this.options;
    this.silence.stop();
    this.training = false;
    limits.learn(this.place, performance.now() - this.epochBegan);
    this.place = 'later';
    const answer = async (): Promise<void> => {
      const decision = await onReport(trial, report);
      if (this.why !== undefined) return;
      if (decision.action !== 'continue' && !isShared)
        this.final = decision.action === 'stop' ? 'stopped' : 'suspended';
      thread.tell({ type: 'decision', decision });
      this.training = true;
      this.watch(limits.of('later'));
    };
    answer().catch((error: unknown) => this.end({ why: 'refused', error }));
  }

  /** The trial is over. */
  close(): void {
    this.silence.stop();
    this.training = false;
    clearTimeout(this.deadline);
    this.options.signal.removeEventListener('abort', this.abort);
  }

  private watch(limit: number): void {
    this.epochBegan = performance.now();
    this.silence.start(limit, () => this.end({ why: 'silent', limit }));
  }

  private end(why: Ending): void {
    if (this.why !== undefined) return;
    this.why = why;
    this.silence.stop();
    const force = (): void => this.force(new Error(`the trial is ended: ${why.why}`));
    if (!this.options.hasChild) return force();
    this.options.thread.tell({ type: 'end' });
    this.deadline = setTimeout(force, CHILD_DEADLINE);
  }
}
