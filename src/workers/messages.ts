// What main thread and worker thread say to each other.
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../study/errors.js';
import type { Assignment, Decision, RunOutcome } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import type { TrainerReference } from './trainer-module.js';

/** A task for the thread. `load` comes first and once; the port it brings stays for all trials. */
export type ThreadTask =
  | { readonly type: 'load'; readonly trainer: TrainerReference; readonly slot: number; readonly port: MessagePort }
  | { readonly type: 'train'; readonly assignment: Assignment };

/** What a task resolves to. Errors travel as data, since their codes do not survive the way between threads. */
export type ThreadResult =
  | { readonly type: 'loaded' }
  | { readonly type: 'unusable'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'trained'; readonly outcome: RunOutcome };

/** From the thread, over the port. A report waits for its decision. */
export type ThreadMessage =
  { readonly type: 'report'; readonly report: Report } | { readonly type: 'log'; readonly line: string };

/** To the thread, over the port. */
export type ThreadReply = { readonly type: 'decision'; readonly decision: Decision };
