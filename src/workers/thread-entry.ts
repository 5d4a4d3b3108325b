// The worker thread of one slot: loads the trainer once, then trains one trial after another.
import type { MessagePort } from 'node:worker_threads';
import { HpoError, messageOf } from '../study/errors.js';
import type { Train } from '../study/train.js';
import type { Decision } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import { driveTrial } from './drive-trial.js';
import type { ThreadMessage, ThreadReply, ThreadResult, ThreadTask } from './messages.js';
import { captureOutput } from './thread-output.js';
import { loadTrainer } from './trainer-module.js';

interface Thread {
  readonly train: Train;
  readonly slot: number;
  readonly log: (line: string) => void;
  readonly exchange: (report: Report) => Promise<Decision>;
}

let thread: Thread | undefined;

/** Piscina calls this for every task. */
export default async function handle(task: ThreadTask): Promise<ThreadResult> {
  switch (task.type) {
    case 'load':
      return load(task);
    case 'train': {
      if (thread === undefined) throw new Error("expected 'load' before 'train'");
      const { train, slot, log, exchange } = thread;
      const context = { signal: new AbortController().signal, slot, log };
      return { type: 'trained', outcome: await driveTrial(train, task.assignment, context, exchange) };
    }
  }
}

async function load({ trainer, slot, port }: Extract<ThreadTask, { type: 'load' }>): Promise<ThreadResult> {
  const say = (message: ThreadMessage): void => port.postMessage(message);
  const log = (line: string): void => say({ type: 'log', line });
  captureOutput(log);
  try {
    thread = { train: await loadTrainer(trainer), slot, log, exchange: exchangeOver(port, say) };
    return { type: 'loaded' };
  } catch (error) {
    const code = error instanceof HpoError ? error.code : 'ERR_TRAINER_MODULE';
    return { type: 'unusable', code, message: messageOf(error) };
  }
}

/** One listener for the thread's life; at any time at most one report waits. */
function exchangeOver(port: MessagePort, say: (message: ThreadMessage) => void): (report: Report) => Promise<Decision> {
  let decide: ((decision: Decision) => void) | undefined;
  port.on('message', ({ decision }: ThreadReply) => decide?.(decision));
  return (report) =>
    new Promise((resolve) => {
      decide = resolve;
      say({ type: 'report', report });
    });
}
