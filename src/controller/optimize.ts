// Runs somebody's own function as the trials of a study.
import { HpoError } from '../study/errors.js';
import type { History } from '../study/history.js';
import type { Outcome, Trial } from '../study/trial.js';
import { diskProblem, failureOf } from '../workers/protocol/failure.js';
import type { AskedTrial } from './asked-trial.js';

/** Trains one trial. What it returns is the trial's value; it returns nothing where it has reported epochs. */
// `void` lets a function that returns nothing be written without a type.
export type TrialFunction = (trial: AskedTrial) => number | void | Promise<number | void>;

/** What the loop needs of a study. */
export interface AskAndTell {
  readonly history: History;
  /** The best trial so far. */
  readonly best: Trial | undefined;
  /** Whether the sampler has nothing left to propose. */
  readonly exhausted: boolean;
  ask(): AskedTrial | undefined;
  tell(trial: AskedTrial, result: number | undefined | Outcome): Outcome;
  flush(): Promise<void>;
}

export interface OptimizeOptions {
  /** Trials at once, all in this thread. Default 1. */
  readonly slots?: number;
  /** Default 3. */
  readonly maxFailuresInARow?: number;
  /** Once aborted no new trial starts. */
  readonly signal?: AbortSignal;
}

/** Why `optimize` came to its end. `failing`: too many trials failed in a row; the last one's error is the `cause`. */
export type OptimizeEnd =
  | { readonly reason: 'finished' | 'exhausted' | 'interrupted' }
  | { readonly reason: 'failing'; readonly cause: unknown };

/**
 * A function that throws fails its trial alone; errors of the study itself (ERR_STORE, ERR_SEARCH) end everything. When it resolves, everything is on disk.
 */
export async function optimize(
  study: AskAndTell,
  train: TrialFunction,
  { slots = 1, maxFailuresInARow = 3, signal }: OptimizeOptions,
): Promise<OptimizeEnd> {
  let failing: { readonly cause: unknown } | undefined;
  let fault: { readonly error: unknown } | undefined;

  const attempt = async (trial: AskedTrial): Promise<void> => {
    let outcome: Outcome;
    let cause: unknown;
    try {
      outcome = study.tell(trial, (await train(trial)) ?? undefined);
    } catch (error) {
      if (endsStudy(error, study)) throw error;
      const { kind, message } = failureOf(error);
      outcome = study.tell(trial, { status: 'failed', kind, message });
      cause = error;
    }
    if (outcome.status !== 'failed' || study.history.failuresInARow.length % maxFailuresInARow !== 0) return;
    failing = { cause: cause ?? new HpoError('ERR_DIVERGED', outcome.message) };
  };

  const work = async (): Promise<void> => {
    try {
      while (failing === undefined && fault === undefined && signal?.aborted !== true) {
        const trial = study.ask();
        if (trial === undefined) return;
        await attempt(trial);
      }
    } catch (error) {
      fault ??= { error };
    }
  };

  await Promise.all(Array.from({ length: slots }, work));
  if (fault !== undefined) throw fault.error;
  await study.flush();
  if (failing !== undefined) return { reason: 'failing', ...failing };
  if (study.exhausted) return { reason: 'exhausted' };
  return { reason: signal?.aborted === true ? 'interrupted' : 'finished' };
}

/** A full disk would fail every trial. A misuse ends the study only before a trial has gone well; later the night is worth more. */
function endsStudy(error: unknown, study: AskAndTell): boolean {
  if (diskProblem(error) !== undefined) return true;
  if (!(error instanceof HpoError)) return false;
  return error.code === 'ERR_STORE' || error.code === 'ERR_SEARCH' || (error.code === 'ERR_USAGE' && !study.best);
}
