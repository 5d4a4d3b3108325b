// A trainer that has been loaded, here or in a child process: the contract of both.
import type { FrozenWork } from '../../study/trial.js';
import type { Assignment, Decision, RunOutcome } from '../../study/trial-runner.js';

export interface LoadedTrainer {
  /** Trains one trial, or several side by side; never rejects because of them. Of several each tells its own end. */
  train(assignment: Assignment, others?: readonly Assignment[]): Promise<RunOutcome>;
  /** Answers the report that waits. */
  decide(decision: Decision): void;
  /** Makes ahead what these trials will need, until that is there or the errand is halted; never rejects. Returns what it took. */
  prepare(errand: number, assignments: readonly Assignment[]): Promise<FrozenWork>;
  /** @param errand this one and those before it. */
  halt(errand: number): void;
  /** Says how many slots' share of the processor may be taken from now on; 1 until then. */
  lend(share: number): void;
}
