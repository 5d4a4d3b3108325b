// A trainer that has been loaded, here or in a child process: the contract of both.
import type { Task, TrainerReply } from '../protocol/messages.js';
import type { Failure } from '../../study/trial.js';

export interface LoadedTrainer {
  /**
   * Trains one trial, or several at once; each tells its own end. Never rejects because of them.
   * @returns what ended those that told none.
   */
  train(task: Extract<Task, { type: 'train' }>): Promise<Failure | undefined>;
  /** Takes what the study says while trials train. */
  take(reply: TrainerReply): void;
}
