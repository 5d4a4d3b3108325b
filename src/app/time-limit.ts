// The time that a run of a study may take.
import type { StudyControl } from '../controller/study-control.js';

/** What a timer can wait for at once, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Stops the study once the time is up: running trials pause at their next report, so it ends at most one epoch later.
 * @param seconds from now; undefined for no limit.
 * @returns the way to lift the limit.
 */
export function limitTime(control: StudyControl, seconds: number | undefined): () => void {
  if (seconds === undefined) return () => {};
  const deadline = performance.now() + 1000 * seconds;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const left = deadline - performance.now();
    if (left <= 0) return control.endTime();
    timer = setTimeout(wait, Math.min(left, LONGEST_TIMER));
  };
  wait();
  return () => clearTimeout(timer);
}
