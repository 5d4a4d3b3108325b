// How good the trial to go with is on slices of the validation images, from what the journal remembers.
import { isTargetMetric } from '../metrics/metric-names.js';
import { type SliceScore, sliceScores } from '../metrics/slice-scores.js';
import type { StudyRecord } from '../study/events.js';
import type { History } from '../study/history.js';
import { validationLabels } from '../study/validation-labels.js';
import { leaderOf } from './confirmation.js';

/** Worst first, of the trial; default: of the one that leads, which may be open. Empty where the study names no slices, no trial has a value, or the journal's predictions are of the target's images. */
export function winnerSlices(
  history: History,
  { images }: Pick<StudyRecord, 'images'>,
  trial = leaderOf(history)?.trial,
): readonly SliceScore[] {
  const isOfTarget = isTargetMetric(history.objective.metric);
  if (images?.slices === undefined || trial?.best === undefined || isOfTarget) return [];
  const predictions = trial.reports[trial.best.epoch - 1]?.detail?.predictions;
  const labels = validationLabels(images);
  return predictions?.length === labels.length ? sliceScores(labels, predictions, images.slices) : [];
}
