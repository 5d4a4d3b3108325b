// The program of one trial: started, listened to, told verdicts, and ended with all that it has started.
import { type ChildProcess, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import type { CommandLine } from '../../study/command/command-line.js';
import type { TrainContext } from '../../study/train.js';
import { killGroup } from '../child/kill-group.js';
import type { ProcessEnd } from '../child/process-end.js';
import { TextTail } from '../child/text-tail.js';
import { outOfMemoryKillCount } from '../../system/memory-kills.js';
import { within } from '../../system/within.js';
import { readLine, splitLines } from './output-lines.js';

/** The descriptor that is for reports alone. */
export const REPORT_DESCRIPTOR = 3;
/** Milliseconds that a program has to end once it has read the verdict to stop. */
const READING = 500;
/** Milliseconds in which the last output of a program that is gone arrives; whatever inherited its pipes is not waited for. */
const AFTERMATH = 250;
/** Reports that nobody has asked for yet. With more, the program waits at its pipe. */
const MOST_WAITING = 100;

const hasGroups = process.platform !== 'win32';

export interface CommandProcessOptions {
  readonly line: CommandLine;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Seconds. */
  readonly grace: number;
  readonly context: Pick<TrainContext, 'log' | 'warn' | 'progress'>;
}

export interface WrittenReport {
  /** Not checked. */
  readonly report: unknown;
  /** Since the one before, or since the program started. */
  readonly seconds: number;
}

export class CommandProcess {
  private readonly child: ChildProcess;
  private readonly reports: WrittenReport[] = [];
  private readonly errors = new TextTail();
  private readonly killsBefore = outOfMemoryKillCount();
  private readonly exited: Promise<void>;
  /** Why it ended before its last epoch, in its own words. */
  reason: string | undefined;
  /** Undefined while it runs or its last output is on its way. */
  end: ProcessEnd | undefined;
  private startError: Error | undefined;
  private isDeaf = false;
  /** Whether it goes on without waiting for verdicts. */
  private runsAhead = false;
  private waiting = 0;
  private lastReport = performance.now();
  private wake = (): void => {};

  constructor(private readonly options: CommandProcessOptions) {
    const { line, folder, env } = options;
    this.child = spawn(line.program, line.args, {
      cwd: folder,
      env,
      // A group of its own, which ends with the trial.
      detached: hasGroups,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    const { child } = this;
    this.exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => {
        this.startError ??= error;
        resolve();
      });
    });
    child.stdin?.on('error', () => {}); // it reads no verdicts
    this.listen(child.stdout, (text) => this.hear(text, false));
    this.listen(child.stderr, (text) => this.log(text));
    const reports = child.stdio[REPORT_DESCRIPTOR];
    this.listen(reports instanceof Readable ? reports : null, (text) => this.hear(text, true));
    child.stderr?.on('data', (text: string) => this.errors.add(text));
    process.on('exit', this.endAll);
    process.once('SIGTERM', this.onTerminate);
    void this.awaitEnd();
  }

  /** Where it could not be started: why. */
  get failedStart(): Error | undefined {
    return this.startError;
  }

  /** Its next report, as it wrote it; undefined when it has ended and there is none. */
  async next(): Promise<WrittenReport | undefined> {
    for (;;) {
      const report = this.reports.shift();
      if (report !== undefined) {
        this.flow();
        this.waiting++;
        return report;
      }
      if (this.end !== undefined) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** The verdict on its last report: go on. */
  goOn(): void {
    this.waiting--;
    this.child.stdin?.write('continue\n');
  }

  /**
   * Ends it: by a word for those that listen, then SIGTERM, then SIGKILL. What it still says counts for nothing. Resolves when it and its
   * process group are gone.
   * @param isUrgent whether it is not given the time to read.
   */
  async stop(isUrgent: boolean): Promise<void> {
    this.isDeaf = true;
    this.flow();
    if (this.end === undefined) {
      this.child.stdin?.end('stop\n');
      const isGone = !isUrgent && !this.runsAhead && (await within(this.exited, READING));
      if (!isGone) await this.terminate();
    }
    this.endAll();
    process.off('exit', this.endAll);
    process.off('SIGTERM', this.onTerminate);
  }

  /** SIGTERM, then SIGKILL after the time that it has. */
  async terminate(): Promise<void> {
    this.signal('SIGTERM');
    if (await within(this.exited, this.options.grace * 1000)) return;
    this.endAll();
    await this.exited;
  }

  private listen(stream: Readable | null, onLine: (text: string) => void): void {
    if (stream === null) return;
    stream.on('error', () => {}); // its end tells more
    splitLines(stream, onLine);
  }

  private hear(text: string, isReport: boolean): void {
    if (this.isDeaf) return;
    const said = readLine(text);
    switch (said?.type) {
      case 'report':
        return this.add(said.report);
      case 'progress':
        return this.options.context.progress(said.share, said.images);
      case 'warning':
        return this.options.context.warn?.(said.message);
      case 'end':
        this.reason = said.reason;
        return;
      case undefined:
        // Where only reports belong, anything else is a mistake.
        return isReport ? this.add(text) : this.log(text);
    }
  }

  private add(report: unknown): void {
    if (this.waiting > 0 || this.reports.length > 0) this.runsAhead = true;
    const now = performance.now();
    this.reports.push({ report, seconds: (now - this.lastReport) / 1000 });
    this.lastReport = now;
    if (this.reports.length > MOST_WAITING && this.end === undefined) {
      this.child.stdout?.pause();
      this.reportStream()?.pause();
    }
    this.wake();
  }

  private flow(): void {
    if (!this.isDeaf && this.reports.length > MOST_WAITING / 2) return;
    this.child.stdout?.resume();
    this.reportStream()?.resume();
  }

  private reportStream(): Readable | undefined {
    const stream = this.child.stdio[REPORT_DESCRIPTOR];
    return stream instanceof Readable ? stream : undefined;
  }

  private log(text: string): void {
    if (!this.isDeaf) this.options.context.log(text);
  }

  private async awaitEnd(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.child.once('close', () => resolve()));
    await this.exited;
    this.child.stdout?.resume();
    this.reportStream()?.resume();
    if (this.startError === undefined) await within(closed, AFTERMATH);
    const kills = outOfMemoryKillCount();
    this.end = {
      code: this.child.exitCode,
      signal: this.child.signalCode,
      stderr: this.startError?.message ?? this.errors.text,
      outOfMemoryKills: kills === undefined || this.killsBefore === undefined ? undefined : kills > this.killsBefore,
    };
    this.wake();
  }

  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(hasGroups ? -pid : pid, signal);
    } catch {
      // gone already
    }
  }

  private readonly endAll = (): void => killGroup(this.child.pid);

  /** This process is to go: nobody would be left to end the program. */
  private readonly onTerminate = (): void => {
    this.endAll();
    process.kill(process.pid, 'SIGTERM');
  };
}
