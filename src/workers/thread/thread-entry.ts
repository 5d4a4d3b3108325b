// The worker thread of one slot: trains one trial after another, itself or by way of a child process that it looks after.
import type { MessagePort } from 'node:worker_threads';
import { NO_WORK } from '../../study/reuse.js';
import type { RunOutcome } from '../../study/trial-runner.js';
import type { FrozenWork } from '../../study/trial.js';
import { ChildTrainer } from '../child/child-trainer.js';
import type { LoadedTrainer } from './loaded-trainer.js';
import { loadHere } from './local-trainer.js';
import type { Share, ThreadMessage, ThreadReply, ThreadResult, ThreadTask, TaskResult } from '../protocol/messages.js';
import { captureOutput } from './thread-output.js';

type LoadTask = Extract<ThreadTask, { type: 'load' }>;
type TrainTask = Extract<ThreadTask, { type: 'train' }>;
type PrepareTask = Extract<ThreadTask, { type: 'prepare' }>;

let load: LoadTask | undefined;
/** Whoever trains the slot's trials. */
let trainer: LoadedTrainer | undefined;
/** Whoever trains right now. */
let current: LoadedTrainer | undefined;
/** What was said last of the share that may be taken. */
let lent: Share = { type: 'share', share: 1, turn: 0 };

/** Piscina calls this for every task. */
export default async function handle(task: ThreadTask): Promise<ThreadResult> {
  switch (task.type) {
    case 'load':
      load = task;
      listen(task.port);
      captureOutput((line) => say(task.port, { type: 'log', line }));
      return open(task);
    case 'train': {
      take(task.lent);
      const loading = load ?? unloaded();
      const result = await train(task, loading);
      say(loading.port, { type: 'over' });
      return result;
    }
    case 'prepare':
      return { type: 'prepared', work: await prepare(task) };
    case 'close':
      if (trainer instanceof ChildTrainer) await trainer.close();
      return { type: 'closed' };
  }
}

async function open(task: LoadTask): Promise<TaskResult> {
  const { child, port } = task;
  const { result, loaded } =
    child === undefined ? await loadHere(task, (message) => say(port, message)) : await openChild(task, child);
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

async function train(task: TrainTask, loading: LoadTask): Promise<TaskResult> {
  if (task.child !== undefined) return trainApart(task, loading, task.child);
  // A child that a trial took with it is replaced when the next one needs it.
  if (trainer instanceof ChildTrainer && !trainer.isAlive) {
    const result = await open(loading);
    if (result.type !== 'loaded') return result;
  }
  return { type: 'trained', outcome: await drive(trainer ?? unloaded(), task, loading) };
}

/** A child that is gone is not started anew for what may not be needed. */
async function prepare({ errand, assignments }: PrepareTask): Promise<FrozenWork> {
  if (trainer === undefined || (trainer instanceof ChildTrainer && !trainer.isAlive)) return NO_WORK;
  return trainer.prepare(errand, assignments);
}

/** One trial in a child of its own. */
async function trainApart(
  task: TrainTask,
  loading: LoadTask,
  child: NonNullable<TrainTask['child']>,
): Promise<TaskResult> {
  const { result, loaded } = await openChild(loading, child);
  if (loaded === undefined) return result;
  try {
    return { type: 'trained', outcome: await drive(loaded, task, loading) };
  } finally {
    await loaded.close();
  }
}

async function drive(by: LoadedTrainer, { assignment, others }: TrainTask, { port }: LoadTask): Promise<RunOutcome> {
  current = by;
  by.lend(lent.share);
  say(port, { type: 'begun' });
  const outcome = await by.train(assignment, others);
  current = undefined;
  return outcome;
}

/** One listener for the thread's life. */
function listen(port: MessagePort): void {
  port.on('message', (reply: ThreadReply) => {
    if (reply.type === 'decision') current?.decide(reply.decision);
    else if (reply.type === 'halt') trainer?.halt(reply.errand);
    else if (reply.type === 'share') take(reply);
    else if (reply.type === 'leave')
      process.exit(); // of this thread alone
    else if (current instanceof ChildTrainer) void current.end();
  });
}

/** Whoever starts later is told then. */
function take(share: Share): void {
  if (share.turn >= lent.turn) lent = share;
  current?.lend(lent.share);
}

function say(port: MessagePort, message: ThreadMessage): void {
  port.postMessage(message);
}

function unloaded(): never {
  throw new Error("expected 'load' before 'train'");
}
