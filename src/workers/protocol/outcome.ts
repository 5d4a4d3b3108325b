// How a trial ended: as its thread says, and as the slot made it end.
import type { RunOutcome } from '../../study/trial-runner.js';
import type { TaskResult } from './messages.js';
import type { Ending, TrialExchange } from './trial-exchange.js';

export function outcomeOfResult(result: TaskResult): RunOutcome {
  if (result.type === 'trained') return result.outcome;
  if (result.type === 'unusable') return { status: 'prevented', code: result.code, message: result.message };
  throw new Error(`expected the trial's outcome, got '${result.type}'`);
}

/** @throws what the study's side threw. */
function outcomeOfEnding(ending: Ending, decided: TrialExchange['decided']): RunOutcome {
  switch (ending.why) {
    case 'refused':
      throw ending.error;
    case 'aborted':
      return { status: 'aborted' };
    case 'silent': {
      if (decided !== undefined) return { status: decided };
      const message = `no report within ${Math.round(ending.limit / 100) / 10} s (resources.epochTimeout)`;
      return { status: 'failed', kind: 'timed-out', message, blameless: true };
    }
  }
}

/** What a trial's end comes to, with what the study's side had decided before. */
export function concluded(
  outcome: RunOutcome,
  { ending, decided }: Pick<TrialExchange, 'ending' | 'decided'>,
  onLog: (line: string) => void,
): RunOutcome {
  if (ending !== undefined) return outcomeOfEnding(ending, decided);
  if (decided === undefined || outcome.status !== 'failed') return outcome;
  onLog(`the trainer failed while it was being ended: ${outcome.message}`);
  return { status: decided };
}
