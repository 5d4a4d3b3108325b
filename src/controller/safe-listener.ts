// Whoever watches a study cannot harm it.
import { messageOf } from '../study/errors.js';

/** Calls `listener` until it throws; from then on it is not called again, and a warning says why. */
export function safeListener<Arguments extends unknown[]>(
  listener: ((...args: Arguments) => void) | undefined,
): (...args: Arguments) => void {
  let working = listener;
  return (...args) => {
    try {
      working?.(...args);
    } catch (error) {
      working = undefined;
      process.emitWarning(`a listener of the study failed and is not called again: ${messageOf(error)}`);
    }
  };
}
