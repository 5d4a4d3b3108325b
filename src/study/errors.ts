// Errors that a person can act on: each has a code that can be searched for, and keeps its cause.
import { systemErrorText } from '../system/system-error.js';

export const ERROR_CODES = [
  'ERR_STUDY_INVALID',
  'ERR_STUDY_CHANGED',
  'ERR_STUDY_LOCKED',
  'ERR_STUDY_NOT_FOUND',
  'ERR_JOURNAL_DAMAGED',
  'ERR_JOURNAL_VERSION',
  'ERR_STORE',
  'ERR_SEARCH',
  'ERR_DATA',
  'ERR_IMAGE',
  'ERR_WEIGHTS',
  'ERR_BACKBONE',
  /** It does not start, or does not take what it is given. */
  'ERR_ENGINE',
  /** It failed while it computed. */
  'ERR_ENGINE_FAILED',
  /** Its process ended while it computed, which may have nothing to do with what it computed. */
  'ERR_ENGINE_CRASHED',
  'ERR_GRAPH',
  'ERR_CHECKPOINT',
  'ERR_TRAINER_MODULE',
  'ERR_TRAINER_COMMAND',
  'ERR_DIVERGED',
  /** The server of the queue, or what talks to it. */
  'ERR_QUEUE',
  'ERR_USAGE',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error with a code; the message reads "expected X, got Y at place" wherever a value is at fault. */
export class HpoError extends Error {
  override readonly name = 'HpoError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The message of anything thrown; of what the operating system refused, in words. */
export function messageOf(thrown: unknown): string {
  return systemErrorText(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
}
