// The worker thread of one slot: trains one trial after another, itself or by way of a child process that it looks after.
import type { MessagePort } from 'node:worker_threads';
import type { Failure } from '../../study/trial.js';
import { ChildTrainer } from '../child/child-trainer.js';
import type { Share, TaskEnd, ThreadMessage, ThreadReply, ThreadTask, TrainerReply } from '../protocol/messages.js';
import type { LoadedTrainer } from './loaded-trainer.js';
import { loadHere } from './local-trainer.js';
import { watchStrayErrors } from './stray-errors.js';
import { captureOutput } from './thread-output.js';

type LoadTask = Extract<ThreadTask, { type: 'load' }>;
type TrainTask = Extract<ThreadTask, { type: 'train' }>;

let load: LoadTask | undefined;
/** Whoever trains the slot's trials. */
let trainer: LoadedTrainer | undefined;
/** Whoever trains right now. */
let current: LoadedTrainer | undefined;
/** What was last said of the share that may be taken, and which task was given up: whoever starts later is told then. */
let shared: Share = { type: 'share', share: 1, turn: 0 };
let aborted: Extract<TrainerReply, { type: 'abort' }> | undefined;

/** Piscina calls this for every task. */
export default async function handle(task: ThreadTask): Promise<TaskEnd | undefined> {
  switch (task.type) {
    case 'load':
      load = task;
      task.port.on('message', take);
      captureOutput((line) => say(task.port, { type: 'log', line }));
      watchStrayErrors(
        (line) => say(task.port, { type: 'log', line }),
        (error) => {
          throw error; // ends the thread, as it would have without a watch
        },
      );
      return open(task);
    case 'train': {
      take(task.shared);
      const loading = load ?? unloaded();
      const result = await train(task, loading);
      say(loading.port, { type: 'over' });
      return result;
    }
    case 'close':
      if (trainer instanceof ChildTrainer) await trainer.close();
      return undefined;
  }
}

async function open(task: LoadTask): Promise<TaskEnd> {
  const { child, port } = task;
  const { result, loaded } = child === undefined ? await loadHere(task, port) : await openChild(task, child);
  trainer = loaded;
  return result;
}

function openChild(task: LoadTask, child: NonNullable<LoadTask['child']>): ReturnType<typeof ChildTrainer.open> {
  const { port } = task;
  return ChildTrainer.open({
    task,
    child,
    say: (message) => say(port, message),
    onProcess: (pid) => say(port, { type: 'child', pid }),
  });
}

async function train(task: TrainTask, loading: LoadTask): Promise<TaskEnd> {
  if (task.child !== undefined) return trainApart(task, loading, task.child);
  // A child that a trial took with it is replaced when the next one needs it.
  if (trainer instanceof ChildTrainer && !trainer.isAlive) {
    const result = await open(loading);
    if (result.type !== 'loaded') return result;
  }
  return trained(await drive(trainer ?? unloaded(), task, loading));
}

/** One trial in a child of its own. */
async function trainApart(
  task: TrainTask,
  loading: LoadTask,
  child: NonNullable<TrainTask['child']>,
): Promise<TaskEnd> {
  const { result, loaded } = await openChild(loading, child);
  if (loaded === undefined) return result;
  try {
    return trained(await drive(loaded, task, loading));
  } finally {
    await loaded.close();
  }
}

async function drive(
  by: LoadedTrainer,
  { task, assignments }: TrainTask,
  { port }: LoadTask,
): Promise<Failure | undefined> {
  current = by;
  by.take(shared);
  if (aborted !== undefined) by.take(aborted);
  say(port, { type: 'begun' });
  const failure = await by.train({ type: 'train', task, assignments });
  current = undefined;
  return failure;
}

function trained(failure: Failure | undefined): TaskEnd {
  return { type: 'trained', ...(failure === undefined ? {} : { failure }) };
}

/** What the main thread says, over the port. */
function take(reply: ThreadReply): void {
  switch (reply.type) {
    case 'leave':
      return process.exit(); // of this thread alone
    case 'end':
      if (current instanceof ChildTrainer) void current.end();
      return;
    case 'share':
      if (reply.turn >= shared.turn) shared = reply;
      return current?.take(shared);
    case 'abort':
      aborted = reply;
      return current?.take(reply);
    case 'verdict':
      return current?.take(reply);
  }
}

function say(port: MessagePort, message: ThreadMessage): void {
  port.postMessage(message);
}

function unloaded(): never {
  throw new Error("expected 'load' before 'train'");
}
