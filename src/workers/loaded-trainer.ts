// A trainer that has been loaded, here or in a child process: the contract of both.
import type { Assignment, Decision, RunOutcome } from '../study/trial-runner.js';

export interface LoadedTrainer {
  /** Trains one trial; never rejects because of it. */
  train(assignment: Assignment): Promise<RunOutcome>;
  /** Answers the report that waits. */
  decide(decision: Decision): void;
}
