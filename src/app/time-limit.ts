// The time that a run of a study may take.
import type { StudyDefinition } from '../study/schema/parse-study.js';
import { parseDuration } from '../system/duration.js';
import type { StudyControl } from '../controller/study-control.js';

/** What a timer can wait for at once, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Stops the study once the time is up: running trials pause at their next report, so it ends at most one epoch later.
 * @param seconds undefined for no limit.
 * @param from as performance.now() gives it; default: now.
 * @returns the way to lift the limit.
 */
export function limitTime(
  control: StudyControl,
  seconds: number | undefined,
  from: number = performance.now(),
): () => void {
  if (seconds === undefined) return () => {};
  const deadline = from + 1000 * seconds;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const left = deadline - performance.now();
    if (left <= 0) return control.endTime();
    timer = setTimeout(wait, Math.min(left, LONGEST_TIMER));
  };
  wait();
  return () => clearTimeout(timer);
}

/** Aborted once the time is up; undefined where there is no limit. @param from as performance.now() gives it. */
export function timeLeft(seconds: number | undefined, from: number): AbortSignal | undefined {
  if (seconds === undefined) return undefined;
  const left = from + 1000 * seconds - performance.now();
  return AbortSignal.timeout(Math.min(LONGEST_TIMER, Math.max(0, Math.ceil(left))));
}

/** The limit that a study names itself, in seconds. */
export function timeOf({ search }: StudyDefinition): number | undefined {
  return search.time === undefined ? undefined : parseDuration(search.time);
}
