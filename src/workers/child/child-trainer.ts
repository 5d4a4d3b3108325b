// A trainer in a child process of its own: whatever it does there, this process lives on and the next trial gets a new child.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Failure } from '../../study/trial.js';
import type { ChildOptions } from './child-options.js';
import { EXEC_ARGV, programFile } from '../../system/program-file.js';
import { MARK_VARIABLE, endDetached, markOf } from './detached-processes.js';
import { killGroup } from './kill-group.js';
import { trainerEnvironment } from '../trainer-environment.js';
import type { LoadedTrainer } from '../thread/loaded-trainer.js';
import { show } from '../protocol/check-report.js';
import {
  type ChildMessage,
  type ChildRequest,
  type Task,
  type TaskEnd,
  type TrainerMessage,
  type TrainerReply,
  openEnvelope,
} from '../protocol/messages.js';
import { type ProcessEnd, failureOfEnd } from './process-end.js';
import { TextTail, linesFrom } from './text-tail.js';
import { outOfMemoryKillCount } from '../../system/memory-kills.js';
import { within } from '../../system/within.js';
import { debugOf } from '../../system/debug.js';

const debug = debugOf('workers');

/** Milliseconds that a child has to go when it is asked to. */
const GRACE = 1000;
/** How often a process is started that is killed while it loads the trainer. */
const STARTS = 3;
/** Milliseconds between two looks for processes that trials have detached. */
const LOOK_EVERY = 1000;
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
  private readonly token = randomBytes(8).toString('hex');
  private lastLook = performance.now();
  private readonly errors = new TextTail();
  private readonly killsBefore = outOfMemoryKillCount();
  private receive: ((result: TaskEnd) => void) | undefined;
  /** Resolves when the process and all that it started are gone. */
  private readonly ended: Promise<ProcessEnd>;
  private gone = false;

  private constructor(private readonly options: ChildTrainerOptions) {
    const { child, say } = options;
    this.process = fork(
      programFile(import.meta.url, 'child-entry'),
      [String(process.pid), JSON.stringify(child.memory), this.token],
      {
        execArgv: [...EXEC_ARGV, ...heapLimit(child)],
        env: { ...trainerEnvironment(), ...child.env, [MARK_VARIABLE]: markOf(this.token, 0) },
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
    this.process.on('message', (message) => {
      const ours = openEnvelope(message, this.token);
      if (ours === undefined) log(`the trainer sent a message, which nobody reads: ${show(message)}`);
      else this.handle(ours);
    });
    this.ended = this.awaitEnd();
    debug(() => `child process ${this.process.pid} starts`);
    options.onProcess(this.process.pid);
  }

  /**
   * Starts the process and loads the trainer in it; what is wrong with the trainer comes back as data. A process that something kills
   * meanwhile is started again.
   */
  static async open(
    options: ChildTrainerOptions,
    starts = STARTS,
  ): Promise<{ readonly result: TaskEnd; readonly loaded?: ChildTrainer }> {
    const child = new ChildTrainer(options);
    const { trainer, slot } = options.task;
    const result = await child.perform({ type: 'load', trainer, slot });
    if ('type' in result && result.type === 'loaded') return { result, loaded: child };
    await child.close();
    if ('type' in result) return { result };
    const isByChance = result.fault === 'chance' || result.kind === 'out-of-memory';
    if (isByChance && starts > 1) {
      options.say({
        type: 'log',
        line: `starts again, since it ended while the trainer was loaded: ${result.message}`,
      });
      return ChildTrainer.open(options, starts - 1);
    }
    const message = `${trainer.module}: the process ended while the trainer was loaded: ${result.message}`;
    return { result: { type: 'unusable', code: 'ERR_TRAINER_MODULE', message } };
  }

  /** Whether it can train another trial. */
  get isAlive(): boolean {
    return !this.gone && this.process.connected;
  }

  async train(task: Extract<Task, { type: 'train' }>): Promise<Failure | undefined> {
    const result = await this.perform(task);
    if (!('type' in result)) return result;
    if (result.type !== 'trained') throw new Error(`expected the end of training, got '${result.type}'`);
    // What broke it makes it of no more use.
    if (result.failure !== undefined) await this.endWithin(GRACE);
    else this.lookForDetached();
    return result.failure;
  }

  take(reply: TrainerReply): void {
    this.send(reply);
  }

  /** Ends the process at once: asks it, and kills it where it does not go. Resolves when it is gone. */
  async end(): Promise<void> {
    if (!this.gone) this.kill('SIGTERM');
    await this.endWithin(GRACE);
  }

  /** Lets an idle process go; kills it where it does not. Resolves when it is gone. */
  async close(): Promise<void> {
    if (this.process.connected) {
      this.send({ type: 'close' });
      this.process.disconnect();
    }
    await this.endWithin(GRACE);
  }

  /** Ends what trials that are over have detached; what the trainer started when it was loaded may serve all of them. */
  private lookForDetached(): void {
    if (performance.now() - this.lastLook < LOOK_EVERY) return; // it costs milliseconds: the next look finds them too
    this.lastLook = performance.now();
    this.endDetached((task) => task > 0);
  }

  private endDetached(isOver: (task: number) => boolean): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    for (const found of endDetached(this.token, pid, isOver)) {
      const line = `ended process ${found.pid} (${found.command}), which the trainer had detached`;
      this.options.say({ type: 'log', line });
    }
  }

  private async endWithin(milliseconds: number): Promise<void> {
    if (!(await within(this.ended, milliseconds))) this.kill('SIGKILL');
    await this.ended;
  }

  /** The task's result; a failure where the process ends first. */
  private async perform(task: Task): Promise<TaskEnd | Failure> {
    const result = new Promise<TaskEnd>((resolve) => (this.receive = resolve));
    this.send(task);
    return Promise.race([result, this.ended.then(failureOfEnd)]).finally(() => (this.receive = undefined));
  }

  private handle(message: ChildMessage): void {
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
    this.endDetached(() => true);
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
