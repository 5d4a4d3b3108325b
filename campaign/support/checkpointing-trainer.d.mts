// Types of checkpointing-trainer.mjs.
import type { Parameters } from '../../src/study/parameters.js';
import type { Report } from '../../src/study/trial.js';

interface OwnAssignment {
  readonly trial: number;
  readonly seed: number;
  readonly directory: string;
  readonly parameters: Parameters;
  readonly fold?: { readonly part: number } | undefined;
}

/** Where a trial is after an epoch; without a report, before its first. */
interface Reached {
  readonly epoch: number;
  readonly state: number;
}

export const EPOCHS: number;
export default function train(assignment: OwnAssignment): AsyncGenerator<Report, void, void>;
export function beginningOf(assignment: OwnAssignment): Reached;
export function afterEpoch(before: Reached, assignment: OwnAssignment): Reached & { readonly report: Report };
