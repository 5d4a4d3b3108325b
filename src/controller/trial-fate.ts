// Maps a decision of the pruner, or a failure, to the verdict that the trainer is told and to the trial's outcome.
import type { Decision } from '../search/pruner.js';
import type { Verdict } from '../study/trial-runner.js';
import type { Failure, Outcome } from '../study/trial.js';

/** What the trainer is told after a report. */
export function verdictOf(decision: Decision | Failure): Verdict {
  if ('status' in decision) return 'stop';
  switch (decision.action) {
    case 'continue':
    case 'pause':
      return decision.action;
    case 'prune':
    case 'complete':
      return 'stop';
  }
}

/**
 * How a trial ends that its slot no longer has. A decision to end it stands, whatever the trainer did after it.
 * @param epoch of its latest report.
 * @param ended how the trainer ended it; undefined where the study did.
 * @returns its outcome, the decision to pause it, or undefined where it is still to be trained.
 */
export function fateOf(
  decision: Decision | Failure,
  epoch: number,
  ended: Outcome | undefined,
): Outcome | Extract<Decision, { action: 'pause' }> | undefined {
  if ('status' in decision) return decision;
  const { action, reason } = decision;
  switch (action) {
    case 'continue':
      return ended;
    case 'pause':
      return ended ?? decision;
    case 'prune':
      return { status: 'pruned', epoch, reason };
    case 'complete':
      return { status: 'completed', reason };
  }
}
