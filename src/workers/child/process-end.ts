// From the way a child process ended to how its trial failed.
import type { Failure } from '../../study/trial.js';
import { MEMORY_WORDS } from '../../system/memory-words.js';
import { MEMORY_MARK } from './watchdog.js';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to standard error. */
  readonly stderr: string;
  /** Whether the system ended processes for lack of memory meanwhile; undefined where it does not tell. */
  readonly outOfMemoryKills: boolean | undefined;
}

/** V8's last words. */
const HEAP_WORDS = /JavaScript heap out of memory|Reached heap limit/;
const MEANINGS: Partial<Record<NodeJS.Signals, string>> = {
  SIGSEGV: 'a crash in native code',
  SIGBUS: 'a crash in native code',
  SIGILL: 'an instruction that this processor does not have, or a crash in native code',
  SIGFPE: 'a crash in native code',
  SIGABRT: 'native code aborted',
  SIGKILL: 'something outside the study',
  SIGTERM: 'something outside the study',
};
/** Windows gives the reason of a native crash as an exit code of this range (NTSTATUS, errors). */
const NT_ERRORS = 0xc0000000;

/**
 * A signal may end a process for a reason other than its trial, so the trial is worth another try; one that ran out of memory or exited
 * by itself would do so again.
 */
export function failureOfEnd({ code, signal, stderr, outOfMemoryKills }: ProcessEnd): Failure {
  const marked = stderr.lastIndexOf(MEMORY_MARK);
  if (marked !== -1) {
    return outOfMemory(stderr.slice(marked + MEMORY_MARK.length).split('\n', 1)[0] as string);
  }
  if (HEAP_WORDS.test(stderr)) return outOfMemory("the trial filled its process's JavaScript heap");
  if (signal === 'SIGKILL' && outOfMemoryKills !== false) {
    return outOfMemory('the system ended the trial’s process (SIGKILL), which it does when memory runs out');
  }
  if (signal === 'SIGABRT' && MEMORY_WORDS.test(stderr)) return outOfMemory(lineWith(MEMORY_WORDS, stderr));
  if (signal !== null) {
    const meaning = MEANINGS[signal];
    return crashed(`the trial’s process was ended by ${signal}${meaning === undefined ? '' : `: ${meaning}`}`, true);
  }
  if (code !== null && code >= NT_ERRORS) {
    return crashed(`the trial’s process was ended by a crash in native code (0x${code.toString(16)})`, true);
  }
  if (code === null) return crashed(`the trial’s process could not be started: ${stderr.trim()}`, false);
  return crashed(`the trial’s process exited with code: ${code}`, false);
}

function outOfMemory(message: string): Failure {
  return { status: 'failed', kind: 'out-of-memory', message };
}

function crashed(message: string, byChance: boolean): Failure {
  return { status: 'failed', kind: 'crashed', message, ...(byChance ? { fault: 'chance' } : {}) };
}

function lineWith(words: RegExp, text: string): string {
  return text.split('\n').findLast((line) => words.test(line)) as string;
}
