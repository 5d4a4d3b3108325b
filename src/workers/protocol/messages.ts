// What the main thread, a slot's worker thread and its child process say to each other: one protocol for both ways.
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../../study/errors.js';
import type { Assignment, Decision, RunOutcome } from '../../study/trial-runner.js';
import type { FrozenWork, Report } from '../../study/trial.js';
import type { ChildOptions } from '../child/child-options.js';
import type { TrainerReference } from '../thread/trainer-module.js';

/** A task for whoever trains. `load` comes first and once. */
export type Task =
  | { readonly type: 'load'; readonly trainer: TrainerReference; readonly slot: number }
  /** `others` are trained beside it; each trial's end is then told by a message of its own. */
  | { readonly type: 'train'; readonly assignment: Assignment; readonly others?: readonly Assignment[] }
  /** To make ahead what these trials will need, until that is there or `halt` comes. */
  | { readonly type: 'prepare'; readonly errand: number; readonly assignments: readonly Assignment[] };

/** What a task comes to. Errors travel as data, since their codes do not survive the way between threads. */
export type TaskResult =
  | { readonly type: 'loaded' }
  | { readonly type: 'unusable'; readonly code: ErrorCode; readonly message: string }
  /** `last`: whoever trained is of no more use, and goes. */
  | { readonly type: 'trained'; readonly outcome: RunOutcome; readonly last?: true }
  | { readonly type: 'prepared'; readonly work: FrozenWork };

/** From whoever trains, while it does. A report waits for its decision. */
export type TrainerMessage =
  | { readonly type: 'report'; readonly trial: number; readonly report: Report }
  /** One of several trials is over, the others go on. */
  | { readonly type: 'ended'; readonly trial: number; readonly outcome: RunOutcome }
  | { readonly type: 'log'; readonly line: string }
  | ({ readonly type: 'progress' } & Progress);

/** How far the current epoch is. */
export interface Progress {
  /** In [0, 1]. */
  readonly share: number;
  /** Images that went through the network since the last message. */
  readonly images: number;
}

export interface DecisionReply {
  readonly type: 'decision';
  readonly decision: Decision;
}

/** Ends what is made ahead by this errand, also where it comes before the errand: the two go different ways. */
export interface Halt {
  readonly type: 'halt';
  readonly errand: number;
}

/** How many slots' share of the processor may be taken from now on. */
export interface Share {
  readonly type: 'share';
  readonly share: number;
  /** Counted: a trial's task and this message go different ways, and the one that says more is the later one. */
  readonly turn: number;
}

/** A task for the thread. The port that `load` brings stays for all trials. With `child` a process of its own does the work. */
export type ThreadTask =
  | (Extract<Task, { type: 'load' }> & { readonly port: MessagePort; readonly child?: ChildOptions })
  | (Extract<Task, { type: 'train' }> & { readonly child?: ChildOptions; readonly lent: Share })
  | Extract<Task, { type: 'prepare' }>
  /** Ends the child, if there is one. */
  | { readonly type: 'close' };

export type ThreadResult = TaskResult | { readonly type: 'closed' };

/** From the thread, over the port. */
export type ThreadMessage =
  | TrainerMessage
  /** The trainer has the trial; until then it was loaded, or its process started. */
  | { readonly type: 'begun' }
  /** Nothing more is to come of the task. */
  | { readonly type: 'over' }
  /** Its child is this process now. */
  | { readonly type: 'child'; readonly pid: number | undefined };

/** To the thread, over the port. */
export type ThreadReply =
  | DecisionReply
  | Halt
  | Share
  /** The trial is to end at once, and its child with it. */
  | { readonly type: 'end' }
  /** The thread is to end, between two calls of native code. */
  | { readonly type: 'leave' };

/** To the child process. */
export type ChildRequest = Task | DecisionReply | Halt | Omit<Share, 'turn'>;

/** From the child process. */
export type ChildMessage = TrainerMessage | TaskResult;
