// From something thrown to how a trial failed.
import { type ErrorCode, messageOf } from '../../study/errors.js';
import { RunFolderError } from '../../system/trial-folder.js';
import type { Failure, FailureKind } from '../../study/trial.js';
import { MEMORY_WORDS } from '../../system/memory-words.js';
import { ownValue } from '../../system/own.js';
import { shorten } from '../../system/shorten.js';

/** Characters of a message: it is kept in the journal, and shown in full. */
const MAX_MESSAGE = 2000;
/** Enough of a stack to find the line. */
const STACK_LINES = 4;

const KINDS: Readonly<Record<string, FailureKind>> = {
  ERR_DIVERGED: 'diverged',
  ERR_OUT_OF_MEMORY: 'out-of-memory',
  ERR_WORKER_OUT_OF_MEMORY: 'out-of-memory',
};

/** Thrown by a trainer that knows more of its failure than an error can say. */
export class TrialFailure extends Error {
  override readonly name = 'TrialFailure';

  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** What a thrown error means: a failure of the trial, unless a disk or the run's folder is at fault, which no choice of parameters can help. */
export function outcomeOfError(thrown: unknown): Failure {
  if (thrown instanceof TrialFailure) return thrown.failure;
  const problem = diskProblem(thrown);
  if (problem !== undefined) return outsideFailure('ERR_STORE', `${problem}: ${messageOf(thrown)}`);
  if (thrown instanceof RunFolderError) return outsideFailure('ERR_STORE', thrown.message);
  return failureOf(thrown);
}

/** The trainer does not do what its contract says. */
export function contractFailure(message: string): Failure {
  return { status: 'failed', kind: 'crashed', message, fault: 'trainer' };
}

/** Something outside of the trial kept it from being trained; every other trial would meet it too. */
export function outsideFailure(code: ErrorCode, message: string): Failure {
  return { status: 'failed', kind: 'crashed', message, fault: { code } };
}

const DISK_PROBLEMS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk is full'],
  ['EFBIG', 'the file is longer than the system allows'],
  ['EROFS', 'the disk is read-only'],
  ['EIO', 'the disk is faulty'],
]);

/** What is wrong with a disk, if the error, or what caused it, says so. */
export function diskProblem(thrown: unknown): string | undefined {
  const problem = isCoded(thrown) ? DISK_PROBLEMS.get(thrown.code) : undefined;
  if (problem !== undefined) return problem;
  return thrown instanceof Error && thrown.cause !== undefined ? diskProblem(thrown.cause) : undefined;
}

/**
 * Says so by its `code`, is what V8 throws when no array of that size can be had, or speaks of memory as the engines do;
 * anything else is a crash.
 */
export function failureOf(thrown: unknown): Failure {
  const code = isCoded(thrown) ? thrown.code : '';
  const allocation =
    (thrown instanceof RangeError &&
      /allocation failed|invalid (typed )?array(buffer)? length/i.test(thrown.message)) ||
    MEMORY_WORDS.test(messageOf(thrown));
  const kind = ownValue(KINDS, code) ?? (allocation ? 'out-of-memory' : 'crashed');
  const isByChance = code === 'ERR_ENGINE_CRASHED' && kind === 'crashed';
  return {
    status: 'failed',
    kind,
    message: shorten(kind === 'crashed' ? withStack(thrown) : messageOf(thrown), MAX_MESSAGE),
    ...(isByChance ? { fault: 'chance' } : {}),
  };
}

/** Whoever pulls epochs out of a trainer. */
const OUR_FRAMES = /[/\\]workers[/\\]thread[/\\]drive-trials\.[jt]s/;

/** The trainer's own frames alone: those around them depend on timing, and a trial that fails again must fail the same. */
function withStack(thrown: unknown): string {
  if (!(thrown instanceof Error)) return messageOf(thrown);
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const ours = frames.findIndex((line) => OUR_FRAMES.test(line));
  const theirs = frames.slice(0, ours === -1 ? undefined : ours).filter((line) => !line.includes('node:'));
  return [`${thrown.name}: ${thrown.message}`, ...theirs.slice(0, STACK_LINES)].join('\n');
}

function isCoded(thrown: unknown): thrown is { readonly code: string } {
  return typeof thrown === 'object' && thrown !== null && typeof (thrown as { code?: unknown }).code === 'string';
}
