// Onlookers cannot harm what they look at.
import { messageOf } from '../study/errors.js';

/** The same function until it throws; then it is told nothing more, and a warning says why. */
export function harmless<Arguments extends unknown[]>(
  onlooker: ((...args: Arguments) => void) | undefined,
): (...args: Arguments) => void {
  let listener = onlooker;
  return (...args) => {
    try {
      listener?.(...args);
    } catch (error) {
      listener = undefined;
      process.emitWarning(`an onlooker of the study failed and is told nothing more: ${messageOf(error)}`);
    }
  };
}
