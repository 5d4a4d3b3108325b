// The baseline beside the trial to go with: what pre-training is worth, and a warning where that is nothing.
import { must } from '../../system/must.js';
import { baselineResult } from '../../app/winner.js';
import { winnerOf } from '../../controller/confirmation.js';
import type { History } from '../../study/history.js';
import { isBetter } from '../../study/objective.js';
import type { ModelEvaluation } from '../../trainer/evaluation.js';
import { formatMetric } from '../../system/format.js';
import type { Style } from '../style.js';

/** One line, and a second where transfer does not pay; none where the study has no baseline. */
export function baselineLines(history: History, evaluation: ModelEvaluation | undefined, style: Style): string[] {
  const result = baselineResult(history, evaluation);
  if (result === undefined) return [];
  const { trial, state, value, epoch } = result;
  if (value === null) return [`trial ${trial}: ${state}, no value`];
  const own = `trial ${trial}: ${history.objective.metric} ${formatMetric(value)} at epoch ${epoch}`;
  const line = state === 'completed' ? own : `${own} (${state})`;
  if (result.transferPays !== false) return [line];
  const { value: best } = must(winnerOf(history)?.trial.best, 'a trial with a value');
  const warning = isBetter(history.objective, best, value)
    ? 'it is unclear whether transfer helps: the difference from random weights is within chance. More validation images would show it'
    : 'transfer does not help: random weights do equally well. In a new study, try a backbone trained on images more like these, or unfreeze more blocks if there are any';
  return [line, `${style.yellow('warning:')} ${warning}`];
}
