// The baseline: the best configuration from random weights, so that it can be seen what pre-training is worth.
import { type History, parametersKey } from '../study/history.js';
import { type Objective, isBetter } from '../study/objective.js';
import type { Trial } from '../study/trial.js';
import { winnerOf } from './confirmation.js';

/** The trial whose configuration is to be trained from scratch; undefined where that was done, or nothing has a value. */
export function nextBaseline(history: History): Trial | undefined {
  const winner = winnerOf(history)?.trial;
  return winner === undefined || baselineFor(winner, history) !== undefined ? undefined : winner;
}

/** The baseline of the configuration to go with, in whatever state; undefined where there is none. */
export function baselineOf(history: History): Trial | undefined {
  const winner = winnerOf(history)?.trial;
  return winner === undefined ? undefined : baselineFor(winner, history);
}

function baselineFor({ parameters }: Trial, history: History): Trial | undefined {
  const key = parametersKey(parameters);
  return history.trials.findLast((trial) => trial.source === 'baseline' && parametersKey(trial.parameters) === key);
}

/**
 * Whether transfer beats its baseline by more than chance: by the worse end of the best value's interval, or, where none is
 * known, by the value itself.
 */
export function transferPays(
  objective: Objective,
  best: { readonly value: number; readonly low?: number | undefined; readonly high?: number | undefined },
  baseline: number,
): boolean {
  const worst = objective.direction === 'maximize' ? best.low : best.high;
  return isBetter(objective, worst ?? best.value, baseline);
}
