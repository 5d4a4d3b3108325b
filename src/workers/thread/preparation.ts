// What an idle thread makes ahead for trials of others, until it is needed itself.
import { NO_WORK } from '../../study/reuse.js';
import type { Assignment } from '../../study/trial-runner.js';
import type { FrozenWork } from '../../study/trial.js';
import type { Thread } from './thread.js';

/** Milliseconds in which a piece must come to its end; a slower one is given up with its thread. */
const HALTING = 30_000;

let errands = 0;

/** Never rejects. Resolves soon after the signal is aborted, and then the thread is free, or gone by way of `giveUp`. */
export async function prepareIn(
  thread: Thread,
  assignments: readonly Assignment[],
  signal: AbortSignal,
  giveUp: () => Promise<void>,
): Promise<FrozenWork> {
  const errand = ++errands;
  let overdue: NodeJS.Timeout | undefined;
  const halt = (): void => {
    thread.tell({ type: 'halt', errand });
    overdue = setTimeout(() => void giveUp(), HALTING);
  };
  signal.addEventListener('abort', halt, { once: true });
  try {
    const result = await thread.prepare(errand, assignments);
    return result.type === 'prepared' ? result.work : NO_WORK;
  } catch {
    await giveUp(); // what ended the thread the next trial meets as well, and tells
    return NO_WORK;
  } finally {
    signal.removeEventListener('abort', halt);
    clearTimeout(overdue);
  }
}
