// From the way a program ended to how its trial failed.
import { constants } from 'node:os';
import type { Failure } from '../../study/trial.js';
import { shorten } from '../../system/shorten.js';
import { type ProcessEnd, failureOfEnd } from '../child/process-end.js';
import { MEMORY_WORDS } from '../../system/memory-words.js';
import { outsideFailure } from '../protocol/failure.js';

/** How Python and NumPy say that there is no memory, beside the words that others have. */
const PYTHON_MEMORY_WORDS = /^MemoryError\b|ArrayMemoryError|Unable to allocate [\d.]+ [KMGTPE]?iB/;
/** How the C library calls what a disk cannot do. */
const DISK_WORDS = /No space left on device|Disk quota exceeded|Read-only file system|Input\/output error/;
/** Lines at the end of its errors: a traceback ends with what went wrong. */
const LAST_LINES = 8;
const MAX_MESSAGE = 2000;
/** A shell says by a code above this one that a signal ended what it ran. */
const SHELL_SIGNALS = 128;

/** Undefined where it ended well. */
export function failureOfCommand(end: ProcessEnd): Failure | undefined {
  if (end.code === 0) return undefined;
  const lines = end.stderr
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1).trimEnd())
    .filter((line) => line !== '')
    .slice(-LAST_LINES);
  const memory = lines.findLast((line) => MEMORY_WORDS.test(line) || PYTHON_MEMORY_WORDS.test(line));
  if (memory !== undefined) return { status: 'failed', kind: 'out-of-memory', message: shorten(memory, MAX_MESSAGE) };
  const disk = lines.at(-1);
  if (disk !== undefined && DISK_WORDS.test(disk)) return outsideFailure('ERR_STORE', disk);
  const signal = end.signal ?? signalOf(end.code);
  if (signal !== null) return failureOfEnd({ ...end, signal, stderr: '' });
  // The last line says what went wrong, and a list of trials shows the first of a message.
  const [last, ...before] = lines.toReversed();
  const exit = `the command exited with code ${end.code}`;
  const message = [last === undefined ? exit : `${exit}: ${last}`, ...before.toReversed()].join('\n');
  return { status: 'failed', kind: 'crashed', message: shorten(message, MAX_MESSAGE) };
}

const CRASHES: readonly NodeJS.Signals[] = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGKILL'];

function signalOf(code: number | null): NodeJS.Signals | null {
  const number = (code ?? 0) - SHELL_SIGNALS;
  return CRASHES.find((name) => constants.signals[name] === number) ?? null;
}
