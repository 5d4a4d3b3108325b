// How far a study is, in words: trials of the search by state, and what came after it.
import type { History } from '../../study/history.js';
import { type Trial, isOfSearch } from '../../study/trial.js';
import { counted } from '../../system/format.js';

const STATES = ['completed', 'pruned', 'failed', 'running', 'paused', 'asked'] as const;

/**
 * "11 completed, 2 pruned, 1 failed; 3 repeats"; empty where there is no trial.
 * @param isRunning whether a process is at it: without one, what is called running was cut off.
 */
export function trialCounts(history: History, isRunning: boolean): string {
  const counts = new Map<Trial['state'], number>();
  const after = { confirmation: 0, baseline: 0, fold: 0 };
  for (const trial of history.trials) {
    if (isOfSearch(trial)) counts.set(trial.state, (counts.get(trial.state) ?? 0) + 1);
    else if (trial.outcome !== undefined) after[trial.source as keyof typeof after]++;
  }
  const parts = STATES.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [`${count} ${stateWord(state, isRunning)}`];
  });
  const { confirmation, baseline, fold } = after;
  const extra = [
    ...(fold > 0 ? [counted(fold, 'further fold')] : []),
    ...(confirmation > 0 ? [counted(confirmation, 'repeat')] : []),
    ...(baseline > 0 ? [counted(baseline, 'baseline')] : []),
  ];
  return [parts.join(', '), extra.join(', ')].filter((part) => part !== '').join('; ');
}

/** A state as people call it. @param isRunning whether a process runs the study; without one no trial is running. */
export function stateWord(state: Trial['state'], isRunning: boolean): string {
  if (state === 'asked') return 'waiting';
  return state === 'running' && !isRunning ? 'interrupted' : state;
}
