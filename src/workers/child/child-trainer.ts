// A trainer in a child process of its own: whatever it does there, this process lives on and the next trial gets a new child.
import { type ChildProcess, fork } from 'node:child_process';
import type { Assignment, Decision, RunOutcome } from '../../study/trial-runner.js';
import { NO_WORK } from '../../study/reuse.js';
import type { FrozenWork } from '../../study/trial.js';
import type { ChildOptions } from './child-options.js';
import { EXEC_ARGV, programFile } from '../../system/program-file.js';
import { killGroup } from './kill-group.js';
import type { LoadedTrainer } from '../thread/loaded-trainer.js';
import type { ChildMessage, ChildRequest, Task, TaskResult, TrainerMessage } from '../protocol/messages.js';
import { type ProcessEnd, failureOfEnd, outOfMemoryKillCount } from './process-end.js';
import { TextTail, linesFrom } from './text-tail.js';
import { within } from '../slot/within.js';

/** Milliseconds that a child has to go when it is asked to. */
const GRACE = 1000;
/** Milliseconds in which the last messages and output of a process that is gone arrive. */
const AFTERMATH = 250;

export interface ChildTrainerOptions {
  readonly task: Pick<Extract<Task, { type: 'load' }>, 'trainer' | 'slot'>;
  readonly child: ChildOptions;
  readonly say: (message: TrainerMessage) => void;
  /** Told which process it is, and when that is gone. */
  readonly onProcess: (pid: number | undefined) => void;
}

export class ChildTrainer implements LoadedTrainer {
  private readonly process: ChildProcess;
  private readonly errors = new TextTail();
  private readonly killsBefore = outOfMemoryKillCount();
  private receive: ((result: TaskResult) => void) | undefined;
  /** Resolves when the process and all that it started are gone. */
  private readonly ended: Promise<ProcessEnd>;
  private gone = false;

  private constructor(private readonly options: ChildTrainerOptions) {
    const { child, say } = options;
    this.process = fork(
      programFile(import.meta.url, 'child-entry'),
      [String(process.pid), JSON.stringify(child.memory)],
      {
        execArgv: [...EXEC_ARGV, ...heapLimit(child)],
        env: { ...process.env, ...child.env },
        // A group of its own: a Ctrl-C in the terminal does not reach it, and what it starts can be ended with it.
        detached: process.platform !== 'win32',
        // Numbers that are not finite and typed arrays survive, as they do between threads.
        serialization: 'advanced',
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const log = (line: string): void => say({ type: 'log', line });
    // What is printed by JavaScript comes as messages; this is what native code prints.
    linesFrom(this.process.stdout, log);
    linesFrom(this.process.stderr, log, (text) => this.errors.add(text));
    this.process.on('message', (message) => this.heed(message as ChildMessage));
    this.ended = this.awaitEnd();
    options.onProcess(this.process.pid);
  }

  /** Starts the process and loads the trainer in it; what is wrong with the trainer comes back as data. */
  static async open(
    options: ChildTrainerOptions,
  ): Promise<{ readonly result: TaskResult; readonly loaded?: ChildTrainer }> {
    const child = new ChildTrainer(options);
    const { trainer, slot } = options.task;
    const result = await child.perform({ type: 'load', trainer, slot });
    if ('type' in result && result.type === 'loaded') return { result, loaded: child };
    await child.close();
    if ('type' in result) return { result };
    const message = `${trainer.module}: the process ended while the trainer was loaded: ${result.message}`;
    return { result: { type: 'unusable', code: 'ERR_TRAINER_MODULE', message } };
  }

  /** Whether it can train another trial. */
  get isAlive(): boolean {
    return !this.gone && this.process.connected;
  }

  async train(assignment: Assignment, others: readonly Assignment[] = []): Promise<RunOutcome> {
    const result = await this.perform({ type: 'train', assignment, others });
    if (!('type' in result)) return result;
    if (result.type !== 'trained') throw new Error(`expected the trial's outcome, got '${result.type}'`);
    if (result.last === true) await this.endWithin(GRACE);
    return result.outcome;
  }

  decide(decision: Decision): void {
    this.send({ type: 'decision', decision });
  }

  async prepare(errand: number, assignments: readonly Assignment[]): Promise<FrozenWork> {
    const result = await this.perform({ type: 'prepare', errand, assignments });
    if ('type' in result && result.type === 'prepared') return result.work;
    const failure = 'type' in result ? (result.type === 'trained' ? result.outcome : undefined) : result;
    const message = failure !== undefined && 'message' in failure ? failure.message : 'no reason given';
    this.options.say({ type: 'log', line: `the process ended while it made something ahead: ${message}` });
    // Whoever trains next gets a new one.
    await this.endWithin(GRACE);
    return NO_WORK;
  }

  halt(errand: number): void {
    this.send({ type: 'halt', errand });
  }

  lend(share: number): void {
    this.send({ type: 'share', share });
  }

  /** Ends the process at once: asks it, and kills it where it does not go. Resolves when it is gone. */
  async end(): Promise<void> {
    if (!this.gone) this.kill('SIGTERM');
    await this.endWithin(GRACE);
  }

  /** Lets an idle process go; kills it where it does not. Resolves when it is gone. */
  async close(): Promise<void> {
    if (this.process.connected) this.process.disconnect();
    await this.endWithin(GRACE);
  }

  private async endWithin(milliseconds: number): Promise<void> {
    if (!(await within(this.ended, milliseconds))) this.kill('SIGKILL');
    await this.ended;
  }

  /** The task's result; a failure where the process ends first. */
  private async perform(task: Task): Promise<TaskResult | ReturnType<typeof failureOfEnd>> {
    const result = new Promise<TaskResult>((resolve) => (this.receive = resolve));
    this.send(task);
    return Promise.race([result, this.ended.then(failureOfEnd)]).finally(() => (this.receive = undefined));
  }

  private heed(message: ChildMessage): void {
    switch (message.type) {
      case 'report':
      case 'ended':
      case 'log':
      case 'progress':
        return this.options.say(message);
      default:
        this.receive?.(message);
    }
  }

  /** To a process that has just gone nothing can be said; its end tells the rest. */
  private send(request: ChildRequest): void {
    if (this.process.connected) this.process.send(request, () => {});
  }

  private async awaitEnd(): Promise<ProcessEnd> {
    const { process: child } = this;
    const [exit, failure, disconnect, close] = (['exit', 'error', 'disconnect', 'close'] as const).map(
      (event) => new Promise<unknown>((resolve) => child.once(event, resolve)),
    );
    child.on('error', (error) => this.errors.add(`${error.message}\n`));
    await Promise.race([exit, failure]);
    // What the trainer started goes with it.
    if (process.platform !== 'win32') killGroup(child.pid);
    // Its last words may still be on their way; whoever inherited its pipes is not waited for.
    await within(Promise.all([disconnect, close]), AFTERMATH);
    this.gone = true;
    this.options.onProcess(undefined);
    const kills = outOfMemoryKillCount();
    return {
      code: child.exitCode,
      signal: child.signalCode,
      stderr: this.errors.text,
      outOfMemoryKills: kills === undefined || this.killsBefore === undefined ? undefined : kills > this.killsBefore,
    };
  }

  private kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }
}

function heapLimit({ memory }: ChildOptions): string[] {
  return memory.limit === undefined ? [] : [`--max-old-space-size=${Math.ceil(memory.limit / 2 ** 20)}`];
}
