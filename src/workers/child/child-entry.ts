// The child process of one slot: loads the trainer once, then trains one trial after another, and goes when its parent does.
import { writeFileSync } from 'node:fs';
import { messageOf } from '../../study/errors.js';
import type { ChildMemory } from './child-options.js';
import { failureOf } from '../protocol/failure.js';
import type { LoadedTrainer } from '../thread/loaded-trainer.js';
import { loadHere } from '../thread/local-trainer.js';
import type { ChildEnvelope, ChildMessage, ChildRequest } from '../protocol/messages.js';
import { captureOutput } from '../thread/thread-output.js';
import { watchStrayErrors } from '../thread/stray-errors.js';
import { MARK_VARIABLE, endDetached, markOf } from './detached-processes.js';
import { killGroup } from './kill-group.js';
import { startWatchdog } from './watchdog.js';

/** When memory runs short, the system is to end this process rather than the study's (proc(5), oom_score_adj: −1000 … 1000). */
const OOM_SCORE_ADJUSTMENT = '500';
/** Milliseconds between the end of the channel and the end of the parent whose end it is, at most; and between two looks for it. */
const PARENT_GOES = 500;
const LOOK_EVERY = 5;

const [parent, memory, token = ''] = process.argv.slice(2);
const isLeader = process.platform !== 'win32';
let loaded: LoadedTrainer | undefined;
/** Whether the study's process ends this one, and with it what the trainer has started. */
let isAskedToGo = false;

// First of all: from here on nothing keeps this process alive without its parent.
process.on('disconnect', leave);
startWatchdog(Number(parent), isLeader, token, JSON.parse(memory as string) as ChildMemory);
if (process.ppid !== Number(parent)) leaveAlone();
yieldMemoryFirst();
// Ctrl-C is the study's business.
process.on('SIGINT', () => {});
captureOutput((line) => say({ type: 'log', line }));
// Whatever a trainer lets slip ends the trial; what is left of this process cannot be trusted.
watchStrayErrors(
  (line) => say({ type: 'log', line }),
  (error) => say(lastWord(error), () => process.exit(1)),
);
process.on('message', (request: ChildRequest) => void handle(request));

async function handle(request: ChildRequest): Promise<void> {
  switch (request.type) {
    case 'load': {
      const { result, loaded: trainer } = await loadHere(request, { postMessage: say });
      loaded = trainer;
      return say(result);
    }
    case 'train': {
      if (loaded === undefined) throw new Error("expected 'load' before 'train'");
      // What the trainer starts from here on inherits it.
      process.env[MARK_VARIABLE] = markOf(token, request.task);
      await loaded.train(request);
      return say({ type: 'trained' });
    }
    case 'close':
      isAskedToGo = true;
      return;
    default:
      return loaded?.take(request);
  }
}

function lastWord(error: unknown): ChildMessage {
  if (loaded !== undefined) return { type: 'trained', failure: failureOf(error) };
  return { type: 'unusable', code: 'ERR_TRAINER_MODULE', message: messageOf(error) };
}

function say(message: ChildMessage, sent?: () => void): void {
  process.send?.({ hpo: token, message } satisfies ChildEnvelope, undefined, {}, sent);
}

function leave(): void {
  if (isAskedToGo) process.exit();
  // Unannounced: the parent is about to be gone, or the trainer has closed the channel.
  setInterval(() => {
    if (process.ppid !== Number(parent)) leaveAlone();
  }, LOOK_EVERY);
  setTimeout(() => process.exit(), PARENT_GOES);
}

/** Without a parent nobody else can end what the trainer has started. */
function leaveAlone(): never {
  endDetached(token, process.pid, () => true);
  // Last, since it ends this process as well.
  if (isLeader) process.on('exit', () => killGroup(process.pid));
  process.exit();
}

function yieldMemoryFirst(): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/oom_score_adj', OOM_SCORE_ADJUSTMENT);
  } catch {
    // a container that forbids it; the system then chooses as it likes
  }
}
