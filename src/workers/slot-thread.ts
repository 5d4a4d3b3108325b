// One slot: a piscina pool of one thread that trains one trial after another, and is replaced after any that broke it.
import { MessageChannel, type MessagePort, type ResourceLimits } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { HpoError, messageOf } from '../study/errors.js';
import type { Assignment, Decision, RunOutcome } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import { failureOf } from './failure.js';
import type { ThreadMessage, ThreadReply, ThreadResult, ThreadTask } from './messages.js';
import type { TrainerReference } from './trainer-module.js';

export interface SlotOptions {
  readonly trainer: TrainerReference;
  readonly onLog: (slot: number, line: string) => void;
  readonly resourceLimits?: ResourceLimits;
}

type RunOptions = NonNullable<Parameters<Piscina['run']>[1]>;
type OnReport = (report: Report) => Decision | Promise<Decision>;

/** A thread that has loaded its trainer, and the ways to it. */
interface Thread {
  readonly pool: Piscina;
  readonly port: MessagePort;
  readonly ended: Promise<void>;
  isAlive: boolean;
}

// From source the thread needs a loader for TypeScript; it is looked up from here, wherever the program is run.
const fromSource = import.meta.url.endsWith('.ts');
const ENTRY = fileURLToPath(new URL(fromSource ? './thread-entry.ts' : './thread-entry.js', import.meta.url));
// `--import tsx` would not do: in a thread it leaves dynamic imports of TypeScript to Node 20, which knows none.
const EXEC_ARGV = fromSource ? ['--import', `data:text/javascript,${registration()}`] : [];

function registration(): string {
  return `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register()`;
}

export class SlotThread {
  private thread: Thread | undefined;
  private onReport: (report: Report) => void = () => {};

  constructor(
    private readonly slot: number,
    private readonly options: SlotOptions,
  ) {}

  /**
   * Starts the thread and loads the trainer, unless that is done.
   * @throws HpoError ERR_TRAINER_MODULE, or the coded error that the trainer gave.
   */
  async start(signal?: AbortSignal): Promise<Thread> {
    if (this.thread?.isAlive === true) return this.thread;
    await this.stop();
    const { port1, port2 } = new MessageChannel();
    const thread = this.open(port1);
    this.thread = thread;
    try {
      const { trainer } = this.options;
      const options = { transferList: [port2], ...(signal === undefined ? {} : { signal }) };
      const result = await run(thread.pool, { type: 'load', trainer, slot: this.slot, port: port2 }, options);
      if (result.type === 'unusable') throw new HpoError(result.code, result.message);
      return thread;
    } catch (error) {
      await this.stop();
      if (error instanceof HpoError || signal?.aborted === true) throw error;
      const what = `${this.options.trainer.module}: the thread ended while the trainer was loaded: ${messageOf(error)}`;
      throw new HpoError('ERR_TRAINER_MODULE', what, { cause: error });
    }
  }

  /** Never rejects because of the trial. Rejects where `onReport` does; the thread is ended then. */
  async train(assignment: Assignment, onReport: OnReport, signal: AbortSignal): Promise<RunOutcome> {
    let refusal: { readonly error: unknown } | undefined;
    let thread: Thread;
    try {
      thread = await this.start(signal);
    } catch (error) {
      if (signal.aborted) return { status: 'aborted' };
      const code = error instanceof HpoError ? error.code : 'ERR_TRAINER_MODULE';
      return { status: 'prevented', code, message: messageOf(error) };
    }
    const { pool, port } = thread;
    try {
      const refused = new Promise<never>((_, reject) => {
        const answer = async (report: Report): Promise<void> => {
          port.postMessage({ type: 'decision', decision: await onReport(report) } satisfies ThreadReply);
        };
        this.onReport = (report) => {
          answer(report).catch((error: unknown) => {
            refusal = { error };
            reject(error as Error);
          });
        };
      });
      const result = await Promise.race([run(pool, { type: 'train', assignment }, { signal }), refused]);
      if (result.type !== 'trained') throw new Error(`expected the trial's outcome, got '${result.type}'`);
      return result.outcome;
    } catch (error) {
      await this.stop();
      if (refusal !== undefined) throw refusal.error;
      return signal.aborted ? { status: 'aborted' } : failureOf(error);
    } finally {
      this.onReport = () => {};
    }
  }

  /** Ends the thread; resolves when it is gone. */
  async stop(): Promise<void> {
    const { thread } = this;
    this.thread = undefined;
    if (thread === undefined) return;
    await thread.pool.destroy();
    await thread.ended;
    thread.port.close();
  }

  private open(port: MessagePort): Thread {
    const { onLog, resourceLimits } = this.options;
    const pool = new Piscina({
      filename: ENTRY,
      execArgv: EXEC_ARGV,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      atomics: 'disabled', // an idle thread's event loop must go on: a trainer may look after a child process
      recordTiming: false,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    pool.on('error', (error) => onLog(this.slot, `the idle thread failed: ${messageOf(error)}`));
    port.on('message', (message: ThreadMessage) => {
      if (message.type === 'log') onLog(this.slot, message.line);
      else this.onReport(message.report);
    });
    port.unref(); // the pool keeps the process alive while a trial runs
    const [worker] = pool.threads;
    const thread: Thread = {
      pool,
      port,
      isAlive: true,
      ended: new Promise((resolve) => {
        worker?.once('exit', () => {
          thread.isAlive = false;
          resolve();
        });
      }),
    };
    return thread;
  }
}

function run(pool: Piscina, task: ThreadTask, options: RunOptions): Promise<ThreadResult> {
  return pool.run(task, options) as Promise<ThreadResult>;
}
