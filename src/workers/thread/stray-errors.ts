// Errors that nobody catches, and which trial they belong to: a timer that a trial left behind must not fail the next one.
import { AsyncLocalStorage } from 'node:async_hooks';
import { failureOf } from '../protocol/failure.js';

/** Trials that are trained together, and how they are called in the log. */
export interface TrialsAtWork {
  readonly trials: readonly number[];
}

const origin = new AsyncLocalStorage<TrialsAtWork>();
let current: TrialsAtWork | undefined;

/** Trains; whatever that starts, be it later, belongs to these trials. */
export async function attributed<T>(work: TrialsAtWork, train: () => Promise<T>): Promise<T> {
  current = work;
  try {
    return await origin.run(work, train);
  } finally {
    current = undefined;
  }
}

/** Trials that are over, where it was they that started what runs now. */
function overTrials(): TrialsAtWork | undefined {
  const work = origin.getStore();
  return work === undefined || work === current ? undefined : work;
}

/**
 * From here on errors that nobody catches are logged where they belong to trials that are over, and handed to `fail` where not. A trial
 * that is over can also no longer end the process, or the thread.
 */
export function watchStrayErrors(log: (line: string) => void, fail: (error: unknown) => void): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const over = overTrials();
    if (over === undefined) return exit(code);
    throw new Error(`process.exit(${code ?? ''}) has no effect after the end of the trial`);
  };
  process.on('uncaughtException', (error: unknown) => {
    const over = overTrials();
    if (over === undefined) return fail(error);
    const names = `${over.trials.length === 1 ? 'trial' : 'trials'} ${over.trials.join(', ')}`;
    log(`${names} left something behind that failed after the end: ${failureOf(error).message}`);
  });
}
