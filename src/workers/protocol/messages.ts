// What the main thread, a slot's worker thread and its child process say to each other: one protocol for both ways.
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../../study/errors.js';
import type { Assignment, Verdict } from '../../study/trial-runner.js';
import type { Failure, Outcome, Report } from '../../study/trial.js';
import type { ChildOptions } from '../child/child-options.js';
import type { TrainerReference } from '../thread/trainer-module.js';
import type { Progress } from './progress.js';

/** A task for whoever trains. `load` comes first and once. */
export type Task =
  | { readonly type: 'load'; readonly trainer: TrainerReference; readonly slot: number }
  /** One trial, or several that are trained at once. `task` counts, so that an `abort` names the task that it is for. */
  | { readonly type: 'train'; readonly task: number; readonly assignments: readonly Assignment[] };

/** The end of a task. Errors travel as data, since their codes do not survive the way between threads. */
export type TaskEnd =
  | { readonly type: 'loaded' }
  | { readonly type: 'unusable'; readonly code: ErrorCode; readonly message: string }
  /** `failure`: whoever trained broke, and with it every trial that has not ended by a message of its own. */
  | { readonly type: 'trained'; readonly failure?: Failure };

/** From whoever trains, while it does. A report waits for its verdict. */
export type TrainerMessage =
  | { readonly type: 'report'; readonly trial: number; readonly report: Report }
  /** The trial is over; without an outcome where the study ended it. */
  | { readonly type: 'ended'; readonly trial: number; readonly outcome: Outcome | undefined }
  /** A line for the log; a warning is recorded in the study too. */
  | { readonly type: 'log'; readonly line: string; readonly isWarning?: true }
  | ({ readonly type: 'progress' } & Progress);

/** To whoever trains, while it does. */
export type TrainerReply =
  | { readonly type: 'verdict'; readonly verdict: Verdict }
  /** The task's trials are given up: their trainer's signal fires. */
  | { readonly type: 'abort'; readonly task: number }
  | Share;

/** How many slots' share of the processor may be taken from now on. */
export interface Share {
  readonly type: 'share';
  readonly share: number;
  /** Counted: a trial's task and this message go different ways, and the one with the higher count is the later one. */
  readonly turn: number;
}

/** A task for the thread. The port that `load` brings stays for all trials. With `child` a process of its own does the work. */
export type ThreadTask =
  | (Extract<Task, { type: 'load' }> & { readonly port: MessagePort; readonly child?: ChildOptions })
  | (Extract<Task, { type: 'train' }> & { readonly child?: ChildOptions; readonly shared: Share })
  /** Ends the child, if there is one. */
  | { readonly type: 'close' };

/** From the thread, over the port. */
export type ThreadMessage =
  | TrainerMessage
  /** The trainer has the trials; until then it was loaded, or its process started. */
  | { readonly type: 'begun' }
  /** Nothing more is to come of the task. */
  | { readonly type: 'over' }
  /** Its child is this process now. */
  | { readonly type: 'child'; readonly pid: number | undefined };

/** To the thread, over the port. */
export type ThreadReply =
  | TrainerReply
  /** The child that trains is to end at once. */
  | { readonly type: 'end' }
  /** The thread is to end, between two calls of native code. */
  | { readonly type: 'leave' };

/** To the child process. */
export type ChildRequest =
  | Task
  | TrainerReply
  /** The channel closes next, and whoever says so ends what the trainer has started. */
  | { readonly type: 'close' };

/** From the child process. */
export type ChildMessage = TrainerMessage | TaskEnd;

/** How it travels: trainers may call `process.send` too, and what they say is none of ours. */
export interface ChildEnvelope {
  /** A token that the process was given. */
  readonly hpo: string;
  readonly message: ChildMessage;
}

/** What the child process with this token said, unless it was the trainer that did. */
export function openEnvelope(sent: unknown, token: string): ChildMessage | undefined {
  const isOurs = typeof sent === 'object' && sent !== null && 'hpo' in sent && sent.hpo === token;
  return isOurs ? (sent as ChildEnvelope).message : undefined;
}
