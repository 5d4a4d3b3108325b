// What the exit code of a command says, and which errors are whose.
import { type ErrorCode, HpoError } from '../study/errors.js';

export const EXIT = {
  done: 0,
  /** It was started and did not work out. */
  failed: 1,
  /** It was not started: what was asked for does not fit. */
  refused: 2,
  /** Stopped by a person, with everything kept. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_USAGE',
  'ERR_STUDY_INVALID',
  'ERR_STUDY_CHANGED',
  'ERR_STUDY_LOCKED',
  'ERR_STUDY_NOT_FOUND',
  'ERR_DATA',
  'ERR_BACKBONE',
  'ERR_WEIGHTS',
  'ERR_ENGINE',
  'ERR_TRAINER_MODULE',
  'ERR_TRAINER_COMMAND',
]);

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof HpoError && REFUSALS.has(error.code) ? EXIT.refused : EXIT.failed;
}
