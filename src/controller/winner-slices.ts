// How good the trial to go with is on slices of the validation images, from what the journal remembers.
import { type SliceScore, sliceScores } from '../metrics/slice-scores.js';
import type { StudyRecord } from '../study/events.js';
import type { History } from '../study/history.js';
import { validationLabels } from '../study/validation-labels.js';
import { leaderOf } from './confirmation.js';

/** Worst first. Empty where the study names no slices, or no trial has a value. */
export function winnerSlices(history: History, { images }: Pick<StudyRecord, 'images'>): readonly SliceScore[] {
  const trial = leaderOf(history)?.trial;
  if (images?.slices === undefined || trial?.best === undefined) return [];
  const predictions = trial.reports[trial.best.epoch - 1]?.detail?.predictions;
  const labels = validationLabels(images);
  return predictions?.length === labels.length ? sliceScores(labels, predictions, images.slices) : [];
}
