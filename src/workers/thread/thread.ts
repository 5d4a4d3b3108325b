// A worker thread, as a piscina pool of one, and the port to it.
import { MessageChannel, type MessagePort, type ResourceLimits, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { messageOf } from '../../study/errors.js';
import type { ChildOptions } from '../child/child-options.js';
import { EXEC_ARGV, programFile } from '../../system/program-file.js';
import { disableTelemetry } from '../../system/telemetry.js';
import type { TaskEnd, ThreadMessage, ThreadReply, ThreadTask } from '../protocol/messages.js';
import { trainerEnvironment } from '../trainer-environment.js';
import type { TrainerReference } from './trainer-module.js';
import { within } from '../../system/within.js';
import { debugOf } from '../../system/debug.js';

const debug = debugOf('workers');

export interface ThreadListener {
  readonly message: (message: ThreadMessage) => void;
  readonly problem: (text: string) => void;
}

/** Milliseconds in which an idle thread must let its child go. */
const CLOSING = 5000;
/** Milliseconds in which a thread that is asked to leave should come to it: a training step takes far less. */
const LEAVING = 1000;
/** Milliseconds in which a thread must end. JavaScript ends at once; native code cannot be interrupted. */
const ENDING = 10_000;

export class Thread {
  private readonly pool: Piscina;
  private readonly port: MessagePort;
  private readonly portOfThread: MessagePort;
  private readonly worker: Worker | undefined;
  private readonly ended: Promise<void>;
  private alive = true;
  private stopping = false;

  constructor(
    resourceLimits: ResourceLimits | undefined,
    private readonly listener: ThreadListener,
  ) {
    // What loads onnxruntime may be the thread, which cannot.
    disableTelemetry();
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.portOfThread = port2;
    this.pool = new Piscina({
      filename: programFile(import.meta.url, 'thread-entry'),
      execArgv: EXEC_ARGV,
      env: trainerEnvironment(),
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      atomics: 'disabled', // an idle thread's event loop must go on: it may look after a child process
      recordTiming: false,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.pool.on('error', (error) => {
      if (!this.stopping) listener.problem(`the idle thread failed: ${messageOf(error)}`);
    });
    debug(() => `thread ${this.pool.threads[0]?.threadId} starts`);
    port1.on('message', listener.message);
    port1.unref(); // the pool keeps the process alive while a trial runs
    this.worker = this.pool.threads[0];
    this.ended = new Promise((resolve) => {
      this.worker?.once('exit', () => {
        this.alive = false;
        resolve();
      });
    });
  }

  get isAlive(): boolean {
    return this.alive;
  }

  /** Comes first, and once. Rejects where the thread ends meanwhile. */
  load(
    trainer: TrainerReference,
    slot: number,
    child: ChildOptions | undefined,
    signal?: AbortSignal,
  ): Promise<TaskEnd> {
    const task = {
      type: 'load',
      trainer,
      slot,
      port: this.portOfThread,
      ...(child === undefined ? {} : { child }),
    } as const;
    const options = { transferList: [this.portOfThread], ...(signal === undefined ? {} : { signal }) };
    return this.perform(task, options) as Promise<TaskEnd>;
  }

  /** Rejects where the thread ends meanwhile. */
  train(task: Extract<ThreadTask, { type: 'train' }>): Promise<TaskEnd> {
    return this.perform(task, {}) as Promise<TaskEnd>;
  }

  /** Whether this process stays for the thread's messages; it does for its tasks anyway. */
  stayFor(messages: boolean): void {
    if (messages) this.port.ref();
    else this.port.unref();
  }

  tell(reply: ThreadReply): void {
    this.port.postMessage(reply);
  }

  /** Lets an idle thread's child go. */
  async close(): Promise<void> {
    if (!this.alive) return;
    await within(this.perform({ type: 'close' }, {}), CLOSING);
  }

  /**
   * Ends the thread; resolves when it is gone, or must be left behind. It is asked first: one that is terminated inside of native code
   * may take the whole process with it, by an exception that JavaScript can no longer be given (onnxruntime does).
   */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.alive) {
      this.tell({ type: 'leave' });
      await within(this.ended, LEAVING);
    }
    void this.pool.destroy().catch(() => {});
    if (!(await within(this.ended, ENDING))) this.leaveBehind();
    this.port.close();
  }

  /** A thread in native code outlives every attempt to end it, and would keep this process from ending for ever. */
  private leaveBehind(): void {
    this.alive = false;
    this.listener.problem('its thread is stuck in native code and cannot be ended; a new one replaces it');
    this.worker?.unref();
    process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
  }

  private perform(task: ThreadTask, options: NonNullable<Parameters<Piscina['run']>[1]>): Promise<TaskEnd | undefined> {
    return this.pool.run(task, options) as Promise<TaskEnd | undefined>;
  }
}
